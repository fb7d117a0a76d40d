// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.format.AtomicFile;
import dev.dendra.kernels.Tuning;
import dev.dendra.kernels.TuningStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What kernels measured for a model, in a small file beside its packed one: JSON with {@code version}, {@code processor},
 * {@code kernels} and {@code rows}, an object of numbers or {@code "never"} by name. A file that is damaged, or of another
 * processor or other kernels, counts as none, and is replaced. Of several writers the last wins.
 */
public final class TuningFile implements TuningStore {
    private static final Logger LOGGER = Logger.getLogger(TuningFile.class.getName());
    private static final int VERSION = 1;
    private static final int MOST_BYTES = 1 << 16;
    private static final String NEVER = "never";
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final Supplier<String> processor;

    private TuningFile(Path file, Supplier<String> processor) {
        this.file = file;
        this.processor = processor;
    }

    /**
     * The file that belongs to a packed model.
     *
     * @param processor tells this processor from those on which other thresholds may be right; asked for when needed
     */
    public static TuningFile beside(Path packed, Supplier<String> processor) {
        return new TuningFile(packed.resolveSibling(packed.getFileName() + ".tuning.json"), processor);
    }

    /** Where it is. */
    Path path() {
        return file;
    }

    @Override
    public Map<String, Integer> recall(String kernels) {
        try {
            return rows(kernels);
        } catch (NoSuchFileException none) {
            return Map.of();
        } catch (IOException e) {
            LOGGER.log(Level.WARNING, "measuring anew: " + file + " " + reason(e));
            return Map.of();
        }
    }

    private static String reason(IOException e) {
        return e instanceof UnusableException ? String.valueOf(e.getMessage()) : "cannot be read: " + e;
    }

    /** A file that is of no use here; the message goes on from its name. */
    private static final class UnusableException extends IOException {
        private static final long serialVersionUID = 1;

        UnusableException(String message) {
            super(message);
        }
    }

    private Map<String, Integer> rows(String kernels) throws IOException {
        JsonNode content = content();
        if (content.path("version").intValue() != VERSION
                || !content.path("rows").isObject()) {
            throw new UnusableException("is not a tuning file of version " + VERSION);
        }
        if (!content.path("processor").asText().equals(processor.get())) {
            throw new UnusableException("was measured on another processor");
        }
        if (!content.path("kernels").asText().equals(kernels)) {
            throw new UnusableException("was measured with other kernels: " + content.path("kernels"));
        }
        Map<String, Integer> rows = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : content.path("rows").properties()) {
            rows.put(entry.getKey(), number(entry.getValue()));
        }
        return rows;
    }

    private JsonNode content() throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        }
        if (bytes.length > MOST_BYTES) {
            throw new UnusableException("is larger than " + MOST_BYTES + " bytes");
        }
        try {
            return JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new UnusableException("is not JSON: " + e.getOriginalMessage());
        }
    }

    private static int number(JsonNode value) throws UnusableException {
        if (value.isTextual() && value.asText().equals(NEVER)) {
            return Tuning.NEVER;
        }
        if (!value.isInt() || value.intValue() < 1) {
            throw new UnusableException("holds " + value + ", which is no number of rows");
        }
        return value.intValue();
    }

    @Override
    public Optional<String> keep(String kernels, Map<String, Integer> rows) {
        Map<String, Integer> all = new TreeMap<>(known(kernels));
        all.putAll(rows);
        ObjectNode content = JSON.createObjectNode();
        content.put("version", VERSION);
        content.put("processor", processor.get());
        content.put("kernels", kernels);
        ObjectNode numbers = content.putObject("rows");
        all.forEach((name, number) -> {
            if (number == Tuning.NEVER) {
                numbers.put(name, NEVER);
            } else {
                numbers.put(name, number);
            }
        });
        try (AtomicFile written = AtomicFile.create(file)) {
            ByteBuffer bytes =
                    ByteBuffer.wrap(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(content));
            while (bytes.hasRemaining()) {
                written.channel().write(bytes);
            }
            written.commit();
            return Optional.empty();
        } catch (IOException e) {
            String reason = "cannot write " + file + ": " + e;
            LOGGER.log(Level.WARNING, "measuring at each start: " + reason);
            return Optional.of(reason);
        }
    }

    /** As {@link #recall}, whose reasons have been logged. */
    private Map<String, Integer> known(String kernels) {
        try {
            return rows(kernels);
        } catch (IOException unusable) {
            return Map.of();
        }
    }
}
