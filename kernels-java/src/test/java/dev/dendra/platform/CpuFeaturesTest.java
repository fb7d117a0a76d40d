// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuFeaturesTest {

    @TempDir
    Path directory;

    private FakeMachine machine;

    @BeforeEach
    void machine() {
        machine = new FakeMachine(directory);
    }

    @Test
    void readsAnX86Server() throws IOException {
        machine.with("/proc/cpuinfo", """
                        processor\t: 0
                        vendor_id\t: GenuineIntel
                        cpu family\t: 6
                        model\t\t: 143
                        model name\t: Intel(R) Xeon(R) Platinum 8480+
                        stepping\t: 8
                        flags\t\t: fpu avx2 avx512f avx512_vnni amx_tile amx_int8

                        processor\t: 1
                        model name\t: another
                        """).with("/sys/devices/system/cpu/present", "0-3\n");
        for (int cpu = 0; cpu < 4; cpu++) {
            String topology = "/sys/devices/system/cpu/cpu" + cpu + "/topology/";
            machine.with(topology + "core_id", cpu % 2 + "\n").with(topology + "physical_package_id", "0\n");
        }
        String cache = "/sys/devices/system/cpu/cpu0/cache/index";
        machine.with(cache + "0/level", "1\n").with(cache + "0/type", "Data\n").with(cache + "0/size", "48K\n");
        machine.with(cache + "1/level", "1\n")
                .with(cache + "1/type", "Instruction\n")
                .with(cache + "1/size", "32K\n");
        machine.with(cache + "2/level", "2\n")
                .with(cache + "2/type", "Unified\n")
                .with(cache + "2/size", "2048K\n");
        machine.with(cache + "3/level", "3\n")
                .with(cache + "3/type", "Unified\n")
                .with(cache + "3/size", "105M\n");

        CpuFeatures cpu = CpuFeatures.detect(machine.root());

        assertEquals(
                new CpuFeatures(
                        "GenuineIntel",
                        "Intel(R) Xeon(R) Platinum 8480+",
                        6,
                        143,
                        8,
                        "Sapphire Rapids",
                        Set.of("fpu", "avx2", "avx512f", "avx512_vnni", "amx_tile", "amx_int8"),
                        48 << 10,
                        2 << 20,
                        105 << 20,
                        2,
                        4),
                cpu);
        assertTrue(cpu.has("avx2", "amx_tile"));
        assertFalse(cpu.has("avx2", "amx_bf16"));
    }

    @Test
    void readsAnArmServer() throws IOException {
        machine.with("/proc/cpuinfo", """
                processor\t: 0
                BogoMIPS\t: 2100.00
                Features\t: fp asimd asimddp sve i8mm bf16
                CPU implementer\t: 0x41
                CPU architecture: 8
                CPU variant\t: 0x1
                CPU part\t: 0xd40
                CPU revision\t: 1

                processor\t: 1
                """);

        CpuFeatures cpu = CpuFeatures.detect(machine.root());

        assertEquals("Neoverse V1", cpu.microarchitecture());
        assertEquals(CpuFeatures.UNKNOWN, cpu.modelName());
        assertEquals(0xD40, cpu.model());
        assertTrue(cpu.has("sve", "i8mm"));
        assertEquals(2, cpu.logicalCpus());
        assertEquals(2, cpu.physicalCores());
    }

    @Test
    void flagsTellProcessorsOfOneNumberApart() throws IOException {
        String numbers = """
                        vendor_id\t: GenuineIntel
                        cpu family\t: 6
                        model\t\t: 143
                        model name\t: Virtual
                        stepping\t: 8
                        """;
        machine.with("/proc/cpuinfo", numbers + "flags\t\t: fpu amx_tile\n");
        String with = CpuFeatures.detect(machine.root()).identity();
        machine.with("/proc/cpuinfo", numbers + "flags\t\t: fpu\n");
        String without = CpuFeatures.detect(machine.root()).identity();

        assertEquals("GenuineIntel family 6 model 143 stepping 8, Virtual: amx_tile fpu", with);
        assertEquals("GenuineIntel family 6 model 143 stepping 8, Virtual: fpu", without);
    }

    @Test
    void aModelNumberThatTheFlagsBelieHasNoName() {
        Set<String> flags = Set.of("avx512f", "amx_tile");
        assertEquals("Rocket Lake", Microarchitecture.name("GenuineIntel", 6, 0xA7, Set.of("avx512f")));
        assertEquals(CpuFeatures.UNKNOWN, Microarchitecture.name("GenuineIntel", 6, 0xA7, flags));
        assertEquals("Granite Rapids", Microarchitecture.name("GenuineIntel", 6, 0xAD, flags));
    }

    @Test
    void namesAmdCores() {
        assertEquals("Zen 2", Microarchitecture.name("AuthenticAMD", 0x17, 0x31, Set.of()));
        assertEquals("Zen 3", Microarchitecture.name("AuthenticAMD", 0x19, 0x01, Set.of()));
        assertEquals("Zen 4", Microarchitecture.name("AuthenticAMD", 0x19, 0x11, Set.of()));
        assertEquals("Zen 5", Microarchitecture.name("AuthenticAMD", 0x1A, 0x02, Set.of()));
        assertEquals(CpuFeatures.UNKNOWN, Microarchitecture.name("AuthenticAMD", 0x99, 0, Set.of()));
    }

    @Test
    void anEmptyMachineIsUnknownAndStillHasAProcessor() {
        CpuFeatures cpu = CpuFeatures.detect(machine.root());

        assertEquals(CpuFeatures.UNKNOWN, cpu.vendor());
        assertEquals(Set.of(), cpu.flags());
        assertEquals(0, cpu.l2Bytes());
        assertTrue(cpu.physicalCores() >= 1);
    }

    @Test
    void nonsenseInFilesIsUnknown() throws IOException {
        machine.with("/proc/cpuinfo", "cpu family : six\nflags :\n:\n\u0000\u00ff\n")
                .with("/sys/devices/system/cpu/present", "3-1,\n")
                .with("/sys/devices/system/cpu/cpu0/cache/index0/level", "99999999999999999999\n");

        CpuFeatures cpu = CpuFeatures.detect(machine.root());

        assertEquals(0, cpu.family());
        assertEquals(Set.of(), cpu.flags());
        assertEquals(0, cpu.l1dBytes());
    }

    @Test
    void readsThisMachine() {
        CpuFeatures cpu = CpuFeatures.detect();

        assertTrue(cpu.logicalCpus() >= cpu.physicalCores());
        assertTrue(cpu.physicalCores() >= 1);
    }
}
