// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.http.ApiKeys;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user meets before any model is loaded: help, exit codes, messages. */
class CommandLineTest {
    private static final int SUCCESS = 0;
    private static final int FAILURE = 1;
    private static final int USAGE = 2;

    private final CapturedConsole user = CapturedConsole.silent();

    static Stream<String> commands() {
        return Main.commandLine(CapturedConsole.silent().console()).getSubcommands().keySet().stream();
    }

    @Test
    void allCommandsAreThere() {
        Set<String> expected = Set.of(
                "serve",
                "complete",
                "chat",
                "bench",
                "eval",
                "convert",
                "sparsify",
                "inspect",
                "doctor",
                "fetch",
                "models",
                "key",
                "test");
        assertEquals(expected, Main.commandLine(user.console()).getSubcommands().keySet());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandExplainsItself(String command) {
        // The library warns past the console of the command.
        PrintStream standardError = System.err;
        ByteArrayOutputStream warnings = new ByteArrayOutputStream();
        System.setErr(new PrintStream(warnings, true, StandardCharsets.UTF_8));
        try {
            assertEquals(SUCCESS, user.run(command, "--help"));
        } finally {
            System.setErr(standardError);
        }
        assertEquals("", warnings.toString(StandardCharsets.UTF_8));
        assertTrue(user.out().contains("Usage: dendra " + command), user.out());
        assertTrue(user.out().contains("Exit codes:"), user.out());
        assertEquals("", user.err());
        assertFalse(user.out().contains("%%"), user.out());
    }

    @Test
    void helpListsTheCommands() {
        assertEquals(SUCCESS, user.run("--help"));
        commands().forEach(command -> assertTrue(user.out().contains("  " + command), command));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "serve --nonsense",
                "serve --port 65536",
                "serve --port http",
                "serve --threads 0",
                "serve --kernels nonsense",
                "serve --activations i4",
                "serve --weights somewhere",
                "serve --context 0",
                "serve --queue 0",
                "complete",
                "complete one two",
                "complete hello --temperature 3",
                "complete hello --top-p 0",
                "complete hello -n 0",
                "bench --repetitions 0",
                "bench --batch 1,none",
                "bench --depth -1",
                "bench --synthetic nonsense",
                "bench --synthetic llama-3.2-1b --model model.gguf",
                "bench --encoding i8",
                "bench --matrix",
                "bench --out result.json",
                "bench --matrix --out result.json --model model.gguf",
                "bench --matrix --out result.json --synthetic smollm2-135m --pattern 1x4",
                "bench --matrix --out result.json --synthetic smollm2-135m --density 2",
                "bench --matrix --out result.json --patterns 3x3",
                "bench --plots folder",
                "bench --compare",
                "bench --synthetic llama-3.2-1b --encoding i3",
                "eval --context 1",
                "eval --tokens 0",
                "eval --baseline-activations f32",
                "convert model.gguf",
                "convert model.gguf -o out.dendra --encoding i3",
                "sparsify model.gguf --pattern 1x4 --density 0.5",
                "sparsify model.gguf -o out.dendra --pattern 1x4 --density 0",
                "sparsify model.gguf -o out.dendra --pattern 1x4 --density 1.1",
                "sparsify model.gguf -o out.dendra --pattern 1x4 --density half",
                "sparsify model.gguf -o out.dendra --pattern 4x1 --density 0.5",
                "sparsify model.gguf -o out.dendra --pattern dense --density 0.5",
                "sparsify model.gguf -o out.dendra --pattern 1x4 --density 0.5 --encoding f32",
                "sparsify model.gguf -o out.dendra --pattern 1x4 --density 0.5 --method best",
                "sparsify model.gguf -o out.dendra --pattern 1x4 --density 0.5 --allocation fair",
                "sparsify model.gguf -o out.dendra --pattern 1x4 --density 0.5 --calibration-length 1",
                "inspect one two",
                "serve --stall-limit 0",
                "serve --max-connections 0",
                "serve --log-format xml",
                "key",
                "key a:b"
            })
    void wrongUsageHasItsOwnExitCode(String arguments) {
        assertEquals(USAGE, user.run(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1)));
        assertFalse(user.err().isBlank());
        assertFalse(user.err().contains("\tat "), user.err());
        assertEquals("", user.out());
    }

    @Test
    void aWrongWordIsAnsweredWithTheKnownOnes() {
        assertEquals(USAGE, user.run("convert", "model.gguf", "-o", "out.dendra", "--encoding", "i3"));
        assertTrue(user.err().contains("u4g32"), user.err());
    }

    @Test
    void madeUpWeightsAndAModelFileExcludeEachOther() {
        assertEquals(USAGE, user.run("bench", "--synthetic", "llama-3.2-1b", "--model", "model.gguf"));
        assertTrue(user.err().startsWith("--synthetic and --model exclude each other"), user.err());

        CapturedConsole other = CapturedConsole.silent();
        assertEquals(USAGE, other.run("bench", "--encoding", "i8"));
        assertTrue(other.err().startsWith("--encoding needs --synthetic"), other.err());
    }

    @Test
    void anUnknownShapeIsAnsweredWithTheKnownOnes() {
        assertEquals(USAGE, user.run("bench", "--synthetic", "llama-7b"));
        assertTrue(user.err().contains("'llama-7b'; known: smollm2-135m, llama-3.2-1b, llama-3.1-8b"), user.err());
    }

    @Test
    void anUnknownModelIsAnsweredWithTheKnownOnes() {
        assertEquals(FAILURE, user.run("complete", "hello", "--model", "no-such-model"));
        assertEquals(1, user.err().lines().count(), user.err());
        assertTrue(user.err().contains("no-such-model"), user.err());
        assertTrue(user.err().contains("smollm2-135m-instruct"), user.err());
        assertTrue(user.err().contains("--model PATH"), user.err());
    }

    @Test
    void theStackTraceIsThereForThoseWhoAsk() {
        assertEquals(FAILURE, user.run("complete", "hello", "--model", "no-such-model", "--verbose"));
        assertTrue(user.err().contains("\tat " + ModelLocator.class.getName()), user.err());
    }

    @Test
    void aDamagedModelIsNamed(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("damaged.gguf"), "GGUF, or so it says", StandardCharsets.UTF_8);
        assertEquals(FAILURE, user.run("inspect", file.toString(), "--no-cache"));
        assertTrue(user.err().contains(file.toString()), user.err());
        assertFalse(user.err().contains("internal error"), user.err());
    }

    @Test
    void aPortInUseIsNamedWithTheOptionThatHelps() throws IOException {
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            String port = Integer.toString(taken.getLocalPort());
            assertEquals(FAILURE, user.run("serve", "--port", port, "--admin-port", "0", "--model", "no-such-model"));
            assertTrue(user.err().contains("127.0.0.1:" + port), user.err());
            assertTrue(user.err().contains("--port"), user.err());

            CapturedConsole other = CapturedConsole.silent();
            assertEquals(FAILURE, other.run("serve", "--port", "0", "--admin-port", port, "--model", "no-such-model"));
            assertTrue(other.err().contains("--admin-port"), other.err());
        }
    }

    @Test
    void testsAreTheLaunchersBusiness() {
        assertEquals(FAILURE, user.run("test"));
        assertTrue(user.err().contains("./dendra test"), user.err());
    }

    @Test
    void theCatalogueIsListed() {
        assertEquals(SUCCESS, user.run("models"));
        assertTrue(user.out().contains("smollm2-135m-instruct"), user.out());
        assertTrue(user.out().contains("Apache-2.0"), user.out());
    }

    @Test
    void onlyModelsOfTheCatalogueCanBeFetched() {
        assertEquals(FAILURE, user.run("fetch", "no-such-model"));
        assertTrue(user.err().contains("dendra models"), user.err());
        assertEquals("", user.out());
    }

    @Test
    void aKeyIsShownOnceAndItsHashBelongsIntoTheFile() throws Exception {
        assertEquals(SUCCESS, user.run("key", "alice"));
        String[] lines = user.out()
                .lines()
                .map(line -> line.substring(line.indexOf(": ") + 2).strip())
                .toArray(String[]::new);
        assertEquals(2, lines.length);
        assertEquals("alice:" + ApiKeys.hash(lines[0]), lines[1]);
        CapturedConsole other = CapturedConsole.silent();
        other.run("key", "alice");
        assertFalse(other.out().contains(lines[0]), "twice the same key");
    }

    @Test
    void faultyFilesOfTheSocketAreNamedBeforeAModelIsLookedFor(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("keys"), "alice", StandardCharsets.UTF_8);
        assertEquals(FAILURE, user.run("serve", "--api-keys", file.toString(), "--model", "no-such-model"));
        assertTrue(user.err().startsWith("dendra: --api-keys: " + file + ", line 1: "), user.err());
        CapturedConsole admin = CapturedConsole.silent();
        assertEquals(FAILURE, admin.run("serve", "--admin-api-keys", file.toString(), "--model", "no-such-model"));
        assertTrue(admin.err().startsWith("dendra: --admin-api-keys: " + file + ", line 1: "), admin.err());
        CapturedConsole other = CapturedConsole.silent();
        assertEquals(FAILURE, other.run("serve", "--tls-cert", file.toString(), "--model", "no-such-model"));
        assertTrue(other.err().contains("--tls-cert and --tls-key belong together"), other.err());
        CapturedConsole third = CapturedConsole.silent();
        assertEquals(FAILURE, third.run("serve", "--cors-origin", "*", "--model", "no-such-model"));
        assertTrue(third.err().contains("'*' is no origin"), third.err());
    }
}
