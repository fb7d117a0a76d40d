// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;

/** A self-signed certificate for {@code localhost} and 127.0.0.1 (RFC 5280), put together by hand: the JDK makes none. */
final class TestCertificate {
    private static final int SEQUENCE = 0x30;
    private static final byte[] COMMON_NAME = der("0603550403");
    private static final byte[] ECDSA_SHA256 = der("300a06082a8648ce3d040302");
    private static final byte[] SUBJECT_ALTERNATIVE_NAME = der("0603551d11");

    private final KeyPair pair;
    private final byte[] certificate;

    private TestCertificate(KeyPair pair, byte[] certificate) {
        this.pair = pair;
        this.certificate = certificate;
    }

    static TestCertificate create() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        KeyPair pair = generator.generateKeyPair();
        byte[] body = body(pair.getPublic());
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(pair.getPrivate());
        signature.update(body);
        return new TestCertificate(pair, tag(SEQUENCE, body, ECDSA_SHA256, tag(0x03, new byte[1], signature.sign())));
    }

    Path writeCertificate(Path file) throws Exception {
        return Files.writeString(file, "a comment\n" + pem("CERTIFICATE", certificate));
    }

    Path writeKey(Path file) throws Exception {
        return writeKey(file, "PRIVATE KEY");
    }

    Path writeKey(Path file, String label) throws Exception {
        return Files.writeString(file, pem(label, pair.getPrivate().getEncoded()));
    }

    byte[] encoded() {
        return certificate.clone();
    }

    private static byte[] body(PublicKey key) {
        byte[] name = tag(
                SEQUENCE,
                tag(0x31, tag(SEQUENCE, COMMON_NAME, tag(0x0c, "localhost".getBytes(StandardCharsets.US_ASCII)))));
        Instant now = Instant.now();
        byte[] validity = tag(SEQUENCE, time(now.minus(1, ChronoUnit.DAYS)), time(now.plus(1, ChronoUnit.DAYS)));
        byte[] names = tag(
                SEQUENCE, tag(0x82, "localhost".getBytes(StandardCharsets.US_ASCII)), tag(0x87, new byte[] {127, 0, 0, 1
                }));
        byte[] extensions = tag(0xa3, tag(SEQUENCE, tag(SEQUENCE, SUBJECT_ALTERNATIVE_NAME, tag(0x04, names))));
        return tag(
                SEQUENCE,
                der("a003020102"),
                der("020101"),
                ECDSA_SHA256,
                name,
                validity,
                name,
                key.getEncoded(),
                extensions);
    }

    private static byte[] time(Instant time) {
        String text = DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").format(time.atOffset(ZoneOffset.UTC));
        return tag(0x18, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] tag(int tag, byte[]... contents) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : contents) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        int length = content.size();
        if (length >= 0x100) {
            all.write(0x82);
            all.write(length >>> 8);
        } else if (length >= 0x80) {
            all.write(0x81);
        }
        all.write(length);
        all.writeBytes(content.toByteArray());
        return all.toByteArray();
    }

    private static byte[] der(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static String pem(String label, byte[] bytes) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }
}
