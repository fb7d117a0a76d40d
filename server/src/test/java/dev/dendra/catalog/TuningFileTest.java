// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TuningFileTest {
    private static final Logger LOGGER = Logger.getLogger(TuningFile.class.getName());
    private static final String KERNELS = "native amx, ABI 2, CRC-32 00000001";
    private static final Map<String, Integer> ROWS = Map.of("i8 i16 K 576, 4 panels", 5, "bf16", Tuning.NEVER);

    @TempDir
    Path folder;

    private final List<String> logged = new ArrayList<>();
    private final Handler log = new Handler() {
        @Override
        public void publish(LogRecord record) {
            logged.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        LOGGER.addHandler(log);
    }

    @AfterEach
    void stopListening() {
        LOGGER.removeHandler(log);
    }

    @Test
    void liesBesideThePackedFileAndIsRecalled() {
        assertEquals(Optional.empty(), file("a CPU").keep(KERNELS, ROWS));

        assertEquals(folder.resolve("m.dendra.tuning.json"), file("a CPU").path());
        assertTrue(Files.isRegularFile(file("a CPU").path()));
        assertEquals(ROWS, file("a CPU").recall(KERNELS));
        assertEquals(List.of(), logged);
    }

    @Test
    void whereThereIsNoFileNothingIsRecalledAndNothingIsAmiss() {
        assertEquals(Map.of(), file("a CPU").recall(KERNELS));
        assertEquals(List.of(), logged);
    }

    @Test
    void whatIsMeasuredLaterIsAdded() {
        file("a CPU").keep(KERNELS, Map.of("first", 1, "second", 2));
        file("a CPU").keep(KERNELS, Map.of("second", 3, "third", 4));

        assertEquals(Map.of("first", 1, "second", 3, "third", 4), file("a CPU").recall(KERNELS));
    }

    @Test
    void anotherProcessorsFileIsOfNoUseAndIsReplaced() {
        file("a CPU").keep(KERNELS, ROWS);

        assertEquals(Map.of(), file("another CPU").recall(KERNELS));
        assertLogged("was measured on another processor");
        file("another CPU").keep(KERNELS, Map.of("mine", 1));
        assertEquals(Map.of("mine", 1), file("another CPU").recall(KERNELS));
    }

    @Test
    void otherKernelsFileIsOfNoUse() {
        file("a CPU").keep(KERNELS, ROWS);

        assertEquals(Map.of(), file("a CPU").recall("native amx, ABI 3, CRC-32 00000001"));
        assertLogged("was measured with other kernels");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|is not a tuning file",
                "{|is not JSON",
                "[]|is not a tuning file",
                "{\"version\":2,\"rows\":{}}|is not a tuning file",
                "{\"version\":1,\"rows\":[]}|is not a tuning file",
                "{\"version\":1,\"processor\":\"a CPU\",\"kernels\":\"k\",\"rows\":{\"x\":0}}|holds 0",
                "{\"version\":1,\"processor\":\"a CPU\",\"kernels\":\"k\",\"rows\":{\"x\":1.5}}|holds 1.5",
                "{\"version\":1,\"processor\":\"a CPU\",\"kernels\":\"k\",\"rows\":{\"x\":99999999999}}|holds 99999999999",
                "{\"version\":1,\"processor\":\"a CPU\",\"kernels\":\"k\",\"rows\":{\"x\":\"soon\"}}|holds \"soon\""
            })
    void aDamagedFileIsOfNoUseAndIsReplaced(String content, String reason) throws IOException {
        Files.writeString(file("a CPU").path(), content);

        assertEquals(Map.of(), file("a CPU").recall("k"));
        assertLogged(reason);
        file("a CPU").keep("k", ROWS);
        assertEquals(ROWS, file("a CPU").recall("k"));
    }

    @Test
    void bytesThatAreNoTextAndFilesWithoutEndAreOfNoUse() throws IOException {
        Files.write(file("a CPU").path(), new byte[] {(byte) 0xff, (byte) 0xfe, '{', 0});
        assertEquals(Map.of(), file("a CPU").recall(KERNELS));

        Files.writeString(file("a CPU").path(), " ".repeat(1 << 20));
        assertEquals(Map.of(), file("a CPU").recall(KERNELS));
        assertLogged("is larger than");
    }

    @Test
    void aFolderThatCannotBeWrittenIsAReasonNotAnError() throws IOException {
        Path noFolder = Files.writeString(folder.resolve("file"), "");
        TuningFile file = TuningFile.beside(noFolder.resolve("m.dendra"), () -> "a CPU");

        assertEquals(Map.of(), file.recall(KERNELS));
        assertTrue(file.keep(KERNELS, ROWS).orElseThrow().startsWith("cannot write " + file.path()));
        assertLogged("measuring at each start: cannot write");
    }

    @Test
    void ofManyWritersOneWins() throws Exception {
        int writers = 8;
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Optional<String>>> ends = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
            for (int writer = 0; writer < writers; writer++) {
                Map<String, Integer> own = Map.of("x", writer + 1, "y", writer + 1);
                ends.add(threads.submit(() -> {
                    start.await();
                    return file("a CPU").keep(KERNELS, own);
                }));
            }
            start.countDown();
        }
        for (Future<Optional<String>> end : ends) {
            assertEquals(Optional.empty(), end.get());
        }

        Map<String, Integer> rows = file("a CPU").recall(KERNELS);
        assertEquals(2, rows.size());
        assertEquals(rows.get("x"), rows.get("y"), "of one writer");
        assertEquals(List.of(), logged);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(file("a CPU").path()), left.toList());
        }
    }

    private TuningFile file(String processor) {
        return TuningFile.beside(folder.resolve("m.dendra"), () -> processor);
    }

    private void assertLogged(String reason) {
        assertTrue(logged.getLast().contains(reason), logged.toString());
    }
}
