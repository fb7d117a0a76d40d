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
     * @param passedOver providers of higher priority that were not taken, as {@code name: reason}
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
            return new Selection(open(named(providers, name)), List.of());
        }
        List<String> passedOver = new ArrayList<>();
        for (KernelProvider provider : providers) {
            try {
                return new Selection(open(provider), List.copyOf(passedOver));
            } catch (KernelLoadException e) {
                passedOver.add(String.valueOf(e.getMessage()));
            }
        }
        throw new KernelLoadException("no kernels run here: " + String.join("; ", passedOver));
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

    private static Kernels open(KernelProvider provider) {
        KernelProvider.Support support = provider.probe();
        if (!support.supported()) {
            throw new KernelLoadException(provider.name() + ": " + support.detail());
        }
        return provider.open();
    }
}
