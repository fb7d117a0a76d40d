// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The public socket over TLS, and files that are no use for it. */
class TlsTest {
    @TempDir
    private Path folder;

    private TestCertificate certificate;
    private Path chain;
    private Path key;

    @BeforeEach
    void write() throws Exception {
        certificate = TestCertificate.create();
        chain = certificate.writeCertificate(folder.resolve("chain.pem"));
        key = certificate.writeKey(folder.resolve("key.pem"));
    }

    @Test
    void servesOverTlsAndOffersHttp1Only() throws Exception {
        try (RunningServer server = server();
                HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_2)
                        .sslContext(trusting())
                        .build()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + "/health"))
                            .timeout(RunningServer.PATIENCE)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertEquals(200, response.statusCode());
            assertEquals(HttpClient.Version.HTTP_1_1, response.version());
            assertEquals(200, server.getAdmin("/health/live").statusCode(), "the admin socket stays as it is");
        }
    }

    @Test
    void speaksNoOldTls() throws Exception {
        try (RunningServer server = server()) {
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                try (SSLSocket socket = socket(server, version)) {
                    socket.startHandshake();
                    assertEquals(version, socket.getSession().getProtocol());
                }
            }
            try (SSLSocket socket = socket(server, "TLSv1.1")) {
                assertThrows(SSLHandshakeException.class, socket::startHandshake);
            }
        }
    }

    @Test
    void namesTheFileAtFaultAndWhatHelps() throws Exception {
        Path none = folder.resolve("none.pem");
        assertFault("none.pem: no such file", none, key);
        assertFault("none.pem: no such file", chain, none);
        assertFault("key.pem: it has no certificate", key, key);
        assertFault("chain.pem: it has no private key", chain, chain);
        assertFault("no PEM block", Files.writeString(folder.resolve("text.pem"), "hello"), key);
        assertFault("openssl pkcs8 -topk8", chain, certificate.writeKey(folder.resolve("old.pem"), "EC PRIVATE KEY"));
        assertFault(
                "has a password",
                chain,
                certificate.writeKey(folder.resolve("encrypted.pem"), "ENCRYPTED PRIVATE KEY"));
        assertFault(
                "other.pem: the private key does not belong",
                chain,
                TestCertificate.create().writeKey(folder.resolve("other.pem")));
        String damaged = Files.readString(key).replaceFirst("\nM", "\nN");
        assertFault("damaged", chain, Files.writeString(folder.resolve("damaged.pem"), damaged));
    }

    private static void assertFault(String part, Path chain, Path key) {
        TlsFileException fault = assertThrows(TlsFileException.class, () -> ServerTls.load(chain, key));
        String message = String.valueOf(fault.getMessage());
        assertTrue(message.contains(part), message);
    }

    private RunningServer server() throws Exception {
        PublicAccess open = PublicAccess.open();
        return new RunningServer(
                HttpServerOptions.defaults(),
                new PublicAccess(
                        open.keys(),
                        Optional.of(ServerTls.load(chain, key)),
                        open.origins(),
                        open.maximumConnections(),
                        open.accessLog()),
                false);
    }

    private SSLSocket socket(RunningServer server, String version) throws Exception {
        SSLSocket socket = (SSLSocket) trusting().getSocketFactory().createSocket("127.0.0.1", server.port());
        socket.setSoTimeout((int) RunningServer.PATIENCE.toMillis());
        socket.setEnabledProtocols(new String[] {version});
        return socket;
    }

    private SSLContext trusting() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry(
                "server",
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(certificate.encoded())));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
