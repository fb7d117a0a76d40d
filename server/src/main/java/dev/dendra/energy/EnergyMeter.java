// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Joules of the domains of a machine since the meter was made. One thread samples; any thread reads.
 *
 * <p>Domains overlap: a platform contains packages. What is attributed to work is packages and memory, which do not, or
 * the platform where there is nothing else.
 */
public final class EnergyMeter {
    private final EnergySource source;
    private final MeterScope scope;
    private final List<MeteredDomain> attributed;
    private final List<MeteredDomain> others;
    private final ReadErrors errors = new ReadErrors();

    /**
     * A meter.
     *
     * @param scope whose energy it is; domains of other sockets are left out
     * @param domains at least one of them within the scope
     */
    EnergyMeter(EnergySource source, MeterScope scope, List<MeteredDomain> domains) {
        this.source = source;
        List<MeteredDomain> parts = new ArrayList<>();
        List<MeteredDomain> platforms = new ArrayList<>();
        for (MeteredDomain each : domains) {
            if (each.domain().kind() == EnergyDomain.Kind.PLATFORM) {
                platforms.add(each);
            } else if (scope.covers(each.domain().socket())) {
                parts.add(each);
            }
        }
        this.scope = parts.isEmpty() ? MeterScope.HOST : scope;
        this.attributed = List.copyOf(parts.isEmpty() ? platforms : parts);
        this.others = parts.isEmpty() ? List.of() : List.copyOf(platforms);
    }

    /** One that measures nothing. */
    static EnergyMeter none() {
        return new EnergyMeter(EnergySource.NONE, MeterScope.HOST, List.of());
    }

    /** What kind of meter this is. */
    public EnergySource source() {
        return source;
    }

    /** Whose energy it counts. */
    public MeterScope scope() {
        return scope;
    }

    /** Whether it measures anything. */
    public boolean measures() {
        return !attributed.isEmpty();
    }

    /** What is attributed to work, such as {@code package+dram}; empty for nothing. */
    public String domains() {
        return attributed.stream()
                .map(each -> each.domain().kind())
                .distinct()
                .sorted()
                .map(EnergyDomain.Kind::id)
                .collect(Collectors.joining("+"));
    }

    /** Everything that is counted: domains of a kind and socket, such as the dies of a package, are one. */
    public List<EnergyDomain> counted() {
        return all().stream().map(MeteredDomain::domain).distinct().toList();
    }

    /** Joules of a domain. */
    public double joules(EnergyDomain domain) {
        return all().stream()
                .filter(each -> each.domain().equals(domain))
                .mapToDouble(MeteredDomain::joules)
                .sum();
    }

    /** Joules that are attributed to work. */
    public double attributedJoules() {
        return attributed.stream().mapToDouble(MeteredDomain::joules).sum();
    }

    /** Readings that failed. */
    public ReadErrors errors() {
        return errors;
    }

    /**
     * Reads every counter.
     *
     * @param nanos now, on a monotonic clock
     * @return whether {@link #attributedJoules()} has grown by all energy since the last sample
     */
    boolean sample(long nanos) {
        boolean whole = true;
        for (MeteredDomain each : attributed) {
            whole &= each.sample(nanos, errors);
        }
        for (MeteredDomain each : others) {
            each.sample(nanos, errors);
        }
        return whole;
    }

    /** For people: the source, what it covers, and whose energy that is. */
    public String describe() {
        String covered = counted().stream().map(EnergyMeter::name).collect(Collectors.joining(", "));
        String whose = scope.wholeHost()
                ? "of the whole host"
                : "of the sockets that this process may use" + (scope.shared() ? ", as may others" : ", all of each");
        return source.title() + ": " + covered + "; " + whose;
    }

    private List<MeteredDomain> all() {
        List<MeteredDomain> all = new ArrayList<>(attributed);
        all.addAll(others);
        return all;
    }

    private static String name(EnergyDomain domain) {
        return domain.kind() == EnergyDomain.Kind.PLATFORM
                ? "platform (" + domain.meter() + ")"
                : domain.kind().id() + " " + domain.socket();
    }
}
