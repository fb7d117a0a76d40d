// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.util.Set;

/** Names for the CPUs that people run inference on; the numbers are those of the Linux kernel's headers. */
final class Microarchitecture {

    private static final Set<String> WITH_AMX = Set.of("Sapphire Rapids", "Emerald Rapids", "Granite Rapids");

    private Microarchitecture() {}

    /** The name, or unknown where the flags belie it: hypervisors let through flags and make up model numbers. */
    static String name(String vendor, int family, int model, Set<String> flags) {
        String name = name(vendor, family, model);
        boolean believable = !flags.contains("amx_tile") || WITH_AMX.contains(name);
        return believable ? name : CpuFeatures.UNKNOWN;
    }

    private static String name(String vendor, int family, int model) {
        return switch (vendor) {
            case "GenuineIntel" -> family == 6 ? intel(model) : CpuFeatures.UNKNOWN;
            case "AuthenticAMD" -> amd(family, model);
            case "0x41" -> arm(model);
            default -> CpuFeatures.UNKNOWN;
        };
    }

    /** {@code arch/x86/include/asm/intel-family.h}. */
    private static String intel(int model) {
        return switch (model) {
            case 0x3C, 0x3F, 0x45, 0x46 -> "Haswell";
            case 0x3D, 0x47, 0x4F, 0x56 -> "Broadwell";
            case 0x4E, 0x5E -> "Skylake";
            case 0x55 -> "Skylake-SP, Cascade Lake or Cooper Lake";
            case 0x6A, 0x6C -> "Ice Lake-SP";
            case 0x7D, 0x7E -> "Ice Lake";
            case 0x8C, 0x8D -> "Tiger Lake";
            case 0x8E, 0x9E -> "Kaby Lake or Coffee Lake";
            case 0x8F -> "Sapphire Rapids";
            case 0x97, 0x9A -> "Alder Lake";
            case 0xA7 -> "Rocket Lake";
            case 0xAD, 0xAE -> "Granite Rapids";
            case 0xAF -> "Sierra Forest";
            case 0xB7, 0xBA, 0xBF -> "Raptor Lake";
            case 0xAA, 0xAC -> "Meteor Lake";
            case 0xCF -> "Emerald Rapids";
            case 0xDD -> "Clearwater Forest";
            default -> CpuFeatures.UNKNOWN;
        };
    }

    /** {@code arch/x86/kernel/cpu/amd.c}: ranges of models that share a core. */
    private static String amd(int family, int model) {
        return switch (family) {
            case 0x17 -> {
                boolean zen1 = model < 0x30 || (model >= 0x50 && model <= 0x5F);
                yield zen1 ? "Zen or Zen+" : "Zen 2";
            }
            case 0x19 -> {
                boolean zen4 = (model >= 0x10 && model <= 0x1F) || (model >= 0x60 && model <= 0xAF);
                yield zen4 ? "Zen 4" : "Zen 3";
            }
            case 0x1A -> "Zen 5";
            default -> CpuFeatures.UNKNOWN;
        };
    }

    /** {@code arch/arm64/include/asm/cputype.h}. */
    private static String arm(int part) {
        return switch (part) {
            case 0xD0C -> "Neoverse N1";
            case 0xD40 -> "Neoverse V1";
            case 0xD49 -> "Neoverse N2";
            case 0xD4F -> "Neoverse V2";
            case 0xD0B -> "Cortex-A76";
            case 0xD08 -> "Cortex-A72";
            default -> CpuFeatures.UNKNOWN;
        };
    }
}
