// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/** Chooses kernels: the one asked for or nothing, else the best that runs, with the reason for each one passed over. */
public final class KernelSelector {

    /** The word that leaves the choice to {@link #select}. */
    public static final String AUTO = "auto";

    private KernelSelector() {}

    /**
     * A choice and how it came about.
     *
     * @param kernels the kernels to use; the caller closes them
     * @param passedOver what would have been better and was not taken, as {@code provider: reason} or
     *     {@code provider isa: reason}
     */
    public record Selection(Kernels kernels, List<String> passedOver) {}

    /** Every provider on the class path, best first. */
    public static List<KernelProvider> providers() {
        return ServiceLoader.load(KernelProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparingInt(KernelProvider::priority).reversed())
                .toList();
    }

    /**
     * Opens the provider called {@code name}, or with {@link #AUTO} the best that works.
     *
     * @throws KernelLoadException if a named provider does not exist or does not run, or if none runs
     */
    public static Selection select(String name) {
        List<KernelProvider> providers = providers();
        if (!name.equals(AUTO)) {
            return opened(named(providers, name), List.of());
        }
        List<String> passedOver = new ArrayList<>();
        for (KernelProvider provider : providers) {
            KernelProvider.Support support = provider.probe();
            if (support.preferred()) {
                try {
                    return opened(provider, passedOver);
                } catch (KernelLoadException e) {
                    passedOver.add(String.valueOf(e.getMessage()));
                }
            } else {
                passedOver.add(provider.name() + ": " + support.detail());
            }
        }
        throw new KernelLoadException("no kernels run here: " + String.join("; ", passedOver));
    }

    /**
     * Opens the provider called {@code name} on one of its instruction sets.
     *
     * @throws KernelLoadException if either does not exist or does not run
     */
    public static Kernels select(String name, String isa) {
        return named(providers(), name).open(isa);
    }

    private static KernelProvider named(List<KernelProvider> providers, String name) {
        return providers.stream()
                .filter(provider -> provider.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new KernelLoadException("no kernels called '" + name + "'; known: "
                        + String.join(
                                ", ",
                                providers.stream().map(KernelProvider::name).toList())));
    }

    private static Selection opened(KernelProvider provider, List<String> betterProviders) {
        KernelProvider.Support support = provider.probe();
        if (!support.supported()) {
            throw new KernelLoadException(provider.name() + ": " + support.detail());
        }
        Kernels kernels = provider.open();
        List<String> passedOver = new ArrayList<>(betterProviders);
        provider.instructionSets().stream()
                .takeWhile(set -> !set.id().equals(kernels.info().isa()))
                .forEach(set -> passedOver.add(
                        provider.name() + " " + set.id() + ": " + set.reason().orElse("not taken")));
        return new Selection(kernels, List.copyOf(passedOver));
    }
}
