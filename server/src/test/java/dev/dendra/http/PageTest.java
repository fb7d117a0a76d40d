// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PageTest {
    private static final Pattern REFERENCE = Pattern.compile("(?:href|src)=\"([^\"#]+)\"");
    private static final int LARGEST_PAGE = 60 << 10;

    private final RunningServer server = new RunningServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void servesThePageAndAllThatItRefersTo() throws Exception {
        HttpResponse<String> page = server.get("/");
        assertEquals(200, page.statusCode());
        assertEquals("text/html; charset=utf-8", header(page, "content-type"));
        assertEquals("no-cache", header(page, "cache-control"));
        int bytes = page.body().length();
        List<String> references = references(page.body());
        assertTrue(references.size() > 5, references.toString());
        for (String reference : references) {
            HttpResponse<String> file = server.get("/" + reference);
            assertEquals(200, file.statusCode(), reference);
            assertEquals("public, max-age=31536000, immutable", header(file, "cache-control"), reference);
            String mediaType = switch (reference.substring(reference.lastIndexOf('.') + 1)) {
                case "js" -> "text/javascript; charset=utf-8";
                case "css" -> "text/css; charset=utf-8";
                case "svg" -> "image/svg+xml";
                default -> throw new AssertionError(reference);
            };
            assertEquals(mediaType, header(file, "content-type"), reference);
            bytes += file.body().length();
        }
        assertTrue(bytes <= LARGEST_PAGE, bytes + " bytes");
    }

    @Test
    void allowsNothingButItsOwnFiles() throws Exception {
        for (String path : List.of("/", "/" + references(server.get("/").body()).getFirst())) {
            HttpResponse<String> response = server.get(path);
            String policy = header(response, "content-security-policy");
            for (String directive : List.of(
                    "default-src 'none'",
                    "script-src 'self'",
                    "style-src 'self'",
                    "connect-src 'self'",
                    "img-src 'self' data:",
                    "frame-ancestors 'none'",
                    "base-uri 'none'")) {
                assertTrue(List.of(policy.split("; ", -1)).contains(directive), directive);
            }
            assertEquals("nosniff", header(response, "x-content-type-options"));
            assertEquals("no-referrer", header(response, "referrer-policy"));
        }
        String page = server.get("/").body();
        assertFalse(page.contains("<style") || page.contains("style=") || page.contains(" on"), "inline code");
        assertFalse(Pattern.compile("<script(?![^>]* src=)").matcher(page).find(), "inline script");
        assertFalse(page.contains("//") && page.contains("http"), "something from elsewhere");
    }

    @Test
    void sendsNothingAgainThatTheBrowserHas() throws Exception {
        String tag = header(server.get("/"), "etag");
        for (String condition : List.of(tag, "W/" + tag, "\"other\", " + tag, "*")) {
            HttpResponse<String> response = server.send("GET", "/", "", "If-None-Match", condition);
            assertEquals(304, response.statusCode(), condition);
            assertEquals("", response.body());
            assertEquals(tag, header(response, "etag"));
        }
        assertEquals(
                200, server.send("GET", "/", "", "If-None-Match", "\"other\"").statusCode());
    }

    @Test
    void answersHeadWithHeadersAlone() throws Exception {
        HttpResponse<String> head = server.send("HEAD", "/", "");
        assertEquals(200, head.statusCode());
        assertEquals("", head.body());
        HttpResponse<String> page = server.get("/");
        for (String name : List.of("etag", "content-type", "content-length", "content-security-policy")) {
            assertEquals(header(page, name), header(head, name), name);
        }
    }

    @Test
    void servesNoOtherFiles() throws Exception {
        String folder = references(server.get("/").body()).getFirst().replaceAll("/[^/]*$", "");
        for (String path : List.of(
                "/page/app.js",
                "/page/0123456789abcdef/app.js",
                "/" + folder + "/index.html",
                "/" + folder + "/nothing.js",
                "/" + folder + "/",
                "/" + folder + "/..%2f..%2fHttpServer.class",
                "/" + folder + "/../../HttpServer.class")) {
            assertEquals(404, server.get(path).statusCode(), path);
        }
        assertEquals(405, server.post("/", "{}").statusCode());
    }

    private static List<String> references(String page) {
        List<String> references = new ArrayList<>();
        Matcher matcher = REFERENCE.matcher(page);
        while (matcher.find()) {
            references.add(matcher.group(1));
        }
        return references;
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElseThrow(() -> new AssertionError("no header " + name));
    }
}
