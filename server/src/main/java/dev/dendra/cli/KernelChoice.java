// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.KernelSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which kernels a user wants.
 *
 * @param provider its name, or {@link KernelSelector#AUTO}
 * @param isa instruction set; empty for the provider's best
 */
record KernelChoice(String provider, Optional<String> isa) {

    /** Whatever is best here. */
    static final KernelChoice BEST = new KernelChoice(KernelSelector.AUTO, Optional.empty());

    /** @throws dev.dendra.kernels.KernelLoadException if these do not run here */
    KernelSelector.Selection select() {
        return isa.isPresent()
                ? new KernelSelector.Selection(KernelSelector.select(provider, isa.get()), List.of())
                : KernelSelector.select(provider);
    }

    /**
     * The choices that lists of providers and of instruction sets stand for: of each provider those sets that it is
     * written for, or its best where it has none of them.
     *
     * @throws CommandFailure if no provider has one of the sets
     */
    static List<KernelChoice> each(List<String> providers, List<String> isas) throws CommandFailure {
        List<String> unknown = new ArrayList<>(isas);
        List<KernelChoice> choices = new ArrayList<>();
        for (String provider : providers) {
            List<String> own = KernelSelector.providers().stream()
                    .filter(each -> each.name().equals(provider))
                    .flatMap(each -> each.instructionSets().stream())
                    .map(KernelProvider.InstructionSet::id)
                    .filter(isas::contains)
                    .toList();
            unknown.removeAll(own);
            own.forEach(isa -> choices.add(new KernelChoice(provider, Optional.of(isa))));
            if (own.isEmpty()) {
                choices.add(new KernelChoice(provider, Optional.empty()));
            }
        }
        if (!unknown.isEmpty()) {
            throw new CommandFailure("--isa " + String.join(",", unknown) + ": --kernels " + String.join(",", providers)
                    + " have no such instruction set");
        }
        return choices;
    }
}
