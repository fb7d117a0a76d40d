// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.metrics.ServerMetrics;
import io.helidon.webserver.http.HttpRouting;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The description of the API says what the server does. */
class OpenApiTest {
    private final JsonNode document;

    OpenApiTest() throws Exception {
        try (InputStream in = OpenApiDocument.class.getResourceAsStream("openapi.yaml")) {
            document = new YAMLMapper().readTree(in);
        }
    }

    @Test
    void describesEveryRouteAndNoOther() {
        ServedModels models = ServedModels.only(RunningServer.model("m", false, new ScriptedService(), null));
        ServerMetrics metrics = new ServerMetrics();
        Set<String> registered = new TreeSet<>();
        try (SocketWatchdog watchdog = new SocketWatchdog(Duration.ofSeconds(1))) {
            PublicRoutes routes = new PublicRoutes(
                    HttpServerOptions.defaults(), models, new AdminRoutes(metrics, () -> true), metrics, watchdog);
            routes.register(HttpRouting.builder());
            routes.routes().forEach(route -> registered.add(route.method() + " " + route.path()));
        }
        Set<String> described = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            path.getValue()
                    .fieldNames()
                    .forEachRemaining(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey()));
        }
        assertEquals(registered, described);
    }

    @Test
    void isServed() throws Exception {
        try (RunningServer server = new RunningServer()) {
            HttpResponse<String> response = server.get("/openapi.yaml");
            assertEquals(
                    "application/yaml",
                    response.headers().firstValue("content-type").orElseThrow());
            assertEquals(document, new YAMLMapper().readTree(response.body()));
        }
    }

    /** An example of a request to an operation. */
    private record Example(String path, String name, JsonNode operation, JsonNode body) {}

    @TestFactory
    Stream<DynamicTest> examplesAreValidAndAnsweredAsDescribed() {
        return examples().stream()
                .map(example -> DynamicTest.dynamicTest(example.path() + " " + example.name(), () -> check(example)));
    }

    private void check(Example example) throws Exception {
        JsonNode media = example.operation().get("requestBody").get("content").get("application/json");
        assertValid(media.get("schema"), example.body());
        try (RunningServer server = new RunningServer(
                HttpServerOptions.defaults(),
                engine -> ServedModels.only(RunningServer.model("m", false, engine, new ScriptedEmbeddings())))) {
            server.engine.script(
                    generation -> generation.scorePrompt().say("hi").finish(FinishReason.LENGTH));
            HttpResponse<String> response =
                    server.post(example.path(), example.body().toString());
            assertEquals(200, response.statusCode(), response.body());
            JsonNode schema = example.operation()
                    .at("/responses/200/content")
                    .get("application/json")
                    .get("schema");
            assertValid(schema, json(response));
            JsonNode error = document.at("/components/schemas/Error");
            assertValid(error, json(server.post(example.path(), "{\"model\":5}")));
        }
    }

    private List<Example> examples() {
        List<Example> examples = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            JsonNode operation = path.getValue().get("post");
            if (operation != null) {
                JsonNode named = operation
                        .at("/requestBody/content")
                        .get("application/json")
                        .get("examples");
                assertTrue(named != null && !named.isEmpty(), path.getKey() + " has an example");
                named.properties()
                        .forEach(example -> examples.add(new Example(
                                path.getKey(),
                                example.getKey(),
                                operation,
                                example.getValue().get("value"))));
            }
        }
        return examples;
    }

    /** Validates against a schema that refers to others of the document. */
    private void assertValid(JsonNode schema, JsonNode instance) {
        ObjectNode root = document.deepCopy();
        root.removeAll();
        root.set("components", document.get("components"));
        root.putArray("allOf").add(schema);
        JsonSchema compiled = JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(root);
        Set<ValidationMessage> problems = compiled.validate(instance);
        assertTrue(problems.isEmpty(), () -> problems + " in " + instance);
    }
}
