// SPDX-License-Identifier: Apache-2.0
package dev.dendra;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The rules that keep the server's packages apart; {@code docs/architecture.md} says why. */
class ArchitectureTest {

    private static final String ROOT = "dev.dendra.";

    /**
     * What each package of the server may use of the others. A package that is not listed here is an error, so that a
     * new one takes its place on purpose.
     */
    private static final List<Layer> LAYERS = List.of(
            new Layer(
                    "cli",
                    List.of(
                            "http",
                            "chat",
                            "constraint",
                            "tokenizer",
                            "engine",
                            "model",
                            "evaluation",
                            "format",
                            "convert",
                            "comparison",
                            "energy",
                            "metrics",
                            "tracing",
                            "catalog",
                            "kernels",
                            "tensor",
                            "sparse",
                            "platform")),
            new Layer("http", List.of("chat", "constraint", "tokenizer", "engine", "energy", "metrics", "tracing")),
            new Layer("chat", List.of("tokenizer")),
            new Layer("constraint", List.of("tokenizer", "engine")),
            new Layer("tokenizer", List.of("format")),
            new Layer("engine", List.of("model", "energy", "metrics", "kernels", "tensor", "platform")),
            new Layer("evaluation", List.of("model", "tokenizer", "kernels", "tensor")),
            new Layer("model", List.of("format", "kernels", "tensor", "sparse", "platform")),
            new Layer("convert", List.of("tokenizer", "model", "format", "kernels", "tensor", "sparse", "platform")),
            new Layer("catalog", List.of("convert", "format", "kernels", "tensor")),
            new Layer("format", List.of("tensor", "sparse", "platform")),
            new Layer("comparison", List.of("format")),
            new Layer("energy", List.of("platform")),
            new Layer("metrics", List.of()),
            new Layer("tracing", List.of()));

    /**
     * A package of the server.
     *
     * @param name below {@code dev.dendra}
     * @param uses the other packages of this project that it may use
     */
    private record Layer(String name, List<String> uses) {
        String pattern() {
            return ROOT + name + "..";
        }

        String[] allowed() {
            return Stream.concat(Stream.of(name), uses.stream())
                    .map(used -> used.equals("kernels") ? ROOT + used : ROOT + used + "..")
                    .toArray(String[]::new);
        }
    }

    private static JavaClasses server;

    @BeforeAll
    static void importServer() {
        server = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(
                        location -> !location.contains("kernels-java") && !location.contains("kernels-native"))
                .importPackages("dev.dendra");
        assertTrue(server.size() > 0, "no classes of the server were found");
    }

    @TestFactory
    Stream<DynamicTest> packagesUseOnlyWhatIsBelowThem() {
        return LAYERS.stream()
                .map(each -> DynamicTest.dynamicTest(
                        each.name(),
                        () -> check(noClasses()
                                .that()
                                .resideInAPackage(each.pattern())
                                .should()
                                .dependOnClassesThat(resideInAPackage("dev.dendra..")
                                        .and(resideOutsideOfPackages(each.allowed()))))));
    }

    @Test
    void everyPackageHasItsPlace() {
        check(classes()
                .should()
                .resideInAnyPackage(LAYERS.stream().map(Layer::pattern).toArray(String[]::new)));
    }

    @Test
    void onlyHttpAndTheCommandLineKnowHelidon() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "http..", ROOT + "cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.helidon.."));
    }

    @Test
    void theServerCallsNoForeignFunctions() {
        check(noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.lang.foreign.Linker"));
        check(noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.lang.foreign.SymbolLookup"));
    }

    @Test
    void theServerHasNoVectorCode() {
        check(noClasses().should().dependOnClassesThat().resideInAPackage("jdk.incubator.vector.."));
    }

    @Test
    void theServerKnowsKernelsByTheirInterfaceOnly() {
        check(noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + "kernels.vector..", ROOT + "kernels.ffm..", ROOT + "kernels.reference.."));
    }

    private static void check(ArchRule rule) {
        // A package may still be empty; then there is nothing that could break its rule.
        rule.allowEmptyShould(true).check(server);
    }
}
