// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.NumaTopology;
import dev.dendra.platform.ThreadPlacement;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What a user wants of a machine with several memory nodes.
 *
 * @param kind which of three
 * @param node with {@link Kind#NODE}, its number; else empty
 */
record NumaChoice(Kind kind, OptionalInt node) {
    static final String OFF_WORD = "off";
    private static final String SPREAD_WORD = "spread";
    private static final int HIGHEST_NODE = 1023;

    /** The machine is taken as one. */
    static final NumaChoice OFF = new NumaChoice(Kind.OFF, OptionalInt.empty());

    /** Kinds of choices. */
    enum Kind {
        /** Threads go where the order of CPUs puts them. */
        OFF,
        /** All threads near one node. */
        NODE,
        /** As many threads on each node. */
        SPREAD
    }

    /** Where {@code threads} go on this machine. */
    ThreadPlacement placement(NumaTopology topology, int threads) throws CommandFailure {
        return switch (kind) {
            case OFF -> ThreadPlacement.anywhere(threads);
            case NODE -> pinned(ThreadPlacement.on(chosen(topology), threads), threads);
            case SPREAD -> {
                if (topology.nodes().isEmpty()) {
                    throw new CommandFailure("--numa spread: this system tells of no memory nodes");
                }
                yield pinned(ThreadPlacement.across(topology, threads), threads);
            }
        };
    }

    private static ThreadPlacement pinned(ThreadPlacement placement, int threads) throws CommandFailure {
        if (placement.cpus().isEmpty()) {
            throw new CommandFailure("--numa: a memory node has fewer CPUs than its part of --threads " + threads);
        }
        return placement;
    }

    private NumaTopology.Node chosen(NumaTopology topology) throws CommandFailure {
        int number = node.orElseThrow();
        return topology.node(number)
                .orElseThrow(() -> new CommandFailure("--numa " + number + ": "
                        + (topology.nodes().isEmpty()
                                ? "this system tells of no memory nodes"
                                : "the nodes with CPUs of this process are " + numbers(topology))));
    }

    /** Threads where nobody says how many: one for each core that is chosen. */
    int defaultThreads(NumaTopology topology) {
        int cores = ComputeArguments.defaultThreads();
        Optional<NumaTopology.Node> own = node.isPresent() ? topology.node(node.getAsInt()) : Optional.empty();
        if (own.isEmpty()) {
            return cores;
        }
        CpuFeatures cpu = CpuFeatures.detect();
        return coresNear(own.get().cpus().cardinality(), cpu.physicalCores(), cpu.logicalCpus(), cores);
    }

    /** Cores of {@code near} CPUs of one node, where the machine has so many of both; at most {@code cores}. */
    static int coresNear(int near, int physicalCores, int logicalCpus, int cores) {
        return Math.clamp((long) near * physicalCores / logicalCpus, 1, Math.min(cores, near));
    }

    /** Why the choice changes nothing here; empty if it does. */
    Optional<String> emptiness(NumaTopology topology) {
        return kind != Kind.OFF && topology.nodes().size() == 1
                ? Optional.of(
                        "--numa: there is one memory node only (" + numbers(topology) + "), so it changes nothing")
                : Optional.empty();
    }

    /** The nodes, each with the number of its CPUs. */
    static String describe(NumaTopology topology) {
        return topology.nodes().isEmpty()
                ? "not told"
                : topology.nodes().stream()
                        .map(each -> each.number() + " (CPUs of this process: "
                                + each.cpus().cardinality() + ")")
                        .collect(Collectors.joining(", "));
    }

    private static String numbers(NumaTopology topology) {
        return topology.nodes().stream()
                .map(each -> Integer.toString(each.number()))
                .collect(Collectors.joining(", "));
    }

    /** Reads {@code off}, {@code spread} or a node's number. */
    static final class Converter implements ITypeConverter<NumaChoice> {
        @Override
        public NumaChoice convert(String text) {
            if (text.equals(OFF_WORD)) {
                return OFF;
            }
            if (text.equals(SPREAD_WORD)) {
                return new NumaChoice(Kind.SPREAD, OptionalInt.empty());
            }
            try {
                int number = Integer.parseInt(text);
                if (number >= 0 && number <= HIGHEST_NODE) {
                    return new NumaChoice(Kind.NODE, OptionalInt.of(number));
                }
            } catch (NumberFormatException word) {
                // The message below says what was expected.
            }
            throw new TypeConversionException(
                    "expected off, spread or the number of a memory node, got '" + text + "'");
        }
    }
}
