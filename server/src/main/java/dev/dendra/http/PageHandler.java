// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The page at {@code /} and the files that it needs, from the class path. They hold no secrets and need no key: it is
 * what the page asks for that does.
 *
 * <p>The files are at {@code /page/VERSION/}, where the version is a digest of all of them. So browsers may keep them for
 * good, and modules find each other by relative names. The page itself is looked up again every time.
 */
final class PageHandler implements Handler {
    /** Routes that lead here. */
    static final List<String> PATHS = List.of("/", "/page/{version}/{file}");

    private static final String INDEX = "index.html";

    /** Stands in the page for the folder of its files. */
    private static final String FOLDER_MARK = "{{page}}";

    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final Map<String, String> FILES = Map.of(
            "style.css", "text/css; charset=utf-8",
            "icon.svg", "image/svg+xml",
            "app.js", SCRIPT,
            "api.js", SCRIPT,
            "sse.js", SCRIPT,
            "markdown.js", SCRIPT,
            "conversation.js", SCRIPT,
            "transcript.js", SCRIPT,
            "sampling.js", SCRIPT,
            "state.js", SCRIPT);

    private static final Map<HeaderName, String> SECURITY = Map.of(
            HeaderNames.create("Content-Security-Policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
                    + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
                    + "require-trusted-types-for 'script'; trusted-types 'none'",
            HeaderNames.create("X-Content-Type-Options"),
            "nosniff",
            HeaderNames.create("Referrer-Policy"),
            "no-referrer",
            HeaderNames.create("Cross-Origin-Opener-Policy"),
            "same-origin",
            HeaderNames.create("Cross-Origin-Resource-Policy"),
            "same-origin");

    private final Map<String, PageFile> files = new HashMap<>();

    /** @throws UncheckedIOException if the program was packed without a file */
    PageHandler() {
        SortedMap<String, String> mediaTypes = new TreeMap<>(FILES);
        MessageDigest all = sha256();
        mediaTypes.keySet().forEach(name -> all.update(read(name)));
        String folder = "page/" + shortHex(all.digest());
        mediaTypes.forEach((name, mediaType) -> files.put(
                "/" + folder + "/" + name, new PageFile(read(name), mediaType, "public, max-age=31536000, immutable")));
        byte[] page = new String(read(INDEX), StandardCharsets.UTF_8)
                .replace(FOLDER_MARK, folder)
                .getBytes(StandardCharsets.UTF_8);
        files.put("/", new PageFile(page, "text/html; charset=utf-8", "no-cache"));
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        String path = request.path().path();
        PageFile file = files.get(path);
        if (file == null) {
            throw ApiException.unknownPath(request.prologue().method().text(), path);
        }
        SECURITY.forEach(response::header);
        response.header(HeaderNames.CACHE_CONTROL, file.cacheControl);
        response.header(HeaderNames.ETAG, file.entityTag);
        if (matches(String.join(",", request.headers().values(HeaderNames.IF_NONE_MATCH)), file.entityTag)) {
            response.status(Status.NOT_MODIFIED_304);
            response.send();
            return;
        }
        response.header(HeaderNames.CONTENT_TYPE, file.mediaType);
        response.send(file.content);
    }

    /** RFC 9110, section 13.1.2: a list of entity tags, compared weakly, or an asterisk. */
    private static boolean matches(String ifNoneMatch, String entityTag) {
        for (String candidate : ifNoneMatch.split(",", -1)) {
            String tag = candidate.strip();
            if (tag.equals("*") || tag.equals(entityTag) || tag.equals("W/" + entityTag)) {
                return true;
            }
        }
        return false;
    }

    private static byte[] read(String name) {
        try (InputStream in = PageHandler.class.getResourceAsStream("page/" + name)) {
            if (in == null) {
                throw new UncheckedIOException(new IOException("the program lacks its file page/" + name));
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String shortHex(byte[] digest) {
        return HexFormat.of().formatHex(digest, 0, 8);
    }

    /** A file as it is sent. */
    private static final class PageFile {
        final byte[] content;
        final String mediaType;
        final String cacheControl;
        final String entityTag;

        PageFile(byte[] content, String mediaType, String cacheControl) {
            this.content = content;
            this.mediaType = mediaType;
            this.cacheControl = cacheControl;
            this.entityTag = "\"" + shortHex(sha256().digest(content)) + "\"";
        }
    }
}
