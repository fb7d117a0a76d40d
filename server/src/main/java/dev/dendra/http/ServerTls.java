// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The certificate of the public socket and its private key. */
public final class ServerTls {
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private final SSLContext context;

    private ServerTls(SSLContext context) {
        this.context = context;
    }

    /**
     * Reads PEM files.
     *
     * @param certificate the server's certificate, then those that lead to a trusted one
     * @param key the private key of the first, as PKCS#8 without a password
     * @throws TlsFileException if one of them cannot be used, or if they do not belong together
     */
    public static ServerTls load(Path certificate, Path key) throws TlsFileException {
        List<X509Certificate> chain = certificates(certificate);
        PrivateKey privateKey = privateKey(key);
        requirePair(chain.getFirst(), certificate, privateKey, key);
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            char[] password = new char[0];
            store.setKeyEntry("server", privateKey, password, chain.toArray(X509Certificate[]::new));
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return new ServerTls(context);
        } catch (GeneralSecurityException | IOException e) {
            throw new TlsFileException(certificate, "the certificate cannot be used: " + e.getMessage(), e);
        }
    }

    /** Makes the server's end of connections. */
    SSLContext context() {
        return context;
    }

    private static List<X509Certificate> certificates(Path file) throws TlsFileException {
        List<X509Certificate> chain = new ArrayList<>();
        for (PemFile.Block block : PemFile.read(file)) {
            if (!block.label().equals("CERTIFICATE")) {
                continue;
            }
            try {
                chain.add((X509Certificate) CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(block.bytes())));
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw new TlsFileException(
                        file, "certificate " + (chain.size() + 1) + " is damaged: " + e.getMessage(), e);
            }
        }
        if (chain.isEmpty()) {
            throw new TlsFileException(file, "it has no certificate (-----BEGIN CERTIFICATE-----)");
        }
        return chain;
    }

    private static PrivateKey privateKey(Path file) throws TlsFileException {
        for (PemFile.Block block : PemFile.read(file)) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return pkcs8(file, block);
                }
                case "ENCRYPTED PRIVATE KEY" ->
                    throw new TlsFileException(
                            file, "the key has a password; take it off with: openssl pkcs8 -in KEY -out NEW");
                case "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY" ->
                    throw new TlsFileException(
                            file,
                            "the key is not PKCS#8; convert it with: openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW");
                default -> {
                    // Such as EC PARAMETERS, which openssl writes in front.
                }
            }
        }
        throw new TlsFileException(file, "it has no private key (-----BEGIN PRIVATE KEY-----)");
    }

    private static PrivateKey pkcs8(Path file, PemFile.Block block) throws TlsFileException {
        PKCS8EncodedKeySpec encoded;
        try {
            encoded = new PKCS8EncodedKeySpec(block.bytes());
        } catch (IllegalArgumentException e) {
            throw new TlsFileException(file, "the private key is damaged", e);
        }
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (InvalidKeySpecException e) {
                // The next one may know it.
            } catch (GeneralSecurityException e) {
                throw new TlsFileException(file, "the private key cannot be used: " + e.getMessage(), e);
            }
        }
        throw new TlsFileException(file, "the private key is damaged, or none of " + KEY_ALGORITHMS);
    }

    private static void requirePair(X509Certificate certificate, Path certificateFile, PrivateKey key, Path keyFile)
            throws TlsFileException {
        PublicKey publicKey = certificate.getPublicKey();
        String algorithm = signatureOf(key.getAlgorithm());
        boolean pair = false;
        if (algorithm != null) {
            try {
                byte[] message = {1, 2, 3};
                Signature signature = Signature.getInstance(algorithm);
                signature.initSign(key);
                signature.update(message);
                byte[] signed = signature.sign();
                signature.initVerify(publicKey);
                signature.update(message);
                pair = signature.verify(signed);
            } catch (GeneralSecurityException e) {
                // Such as a key of another kind: no pair.
            }
        }
        if (!pair) {
            throw new TlsFileException(
                    keyFile, "the private key does not belong to the first certificate of " + certificateFile);
        }
    }

    private static @Nullable String signatureOf(String keyAlgorithm) {
        return switch (keyAlgorithm) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
            default -> null;
        };
    }
}
