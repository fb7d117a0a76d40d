// SPDX-License-Identifier: Apache-2.0
package dev.dendra.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Which packages of this module may know which. */
final class KernelArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.dendra");

    @Test
    void onlyTheVectorKernelsUseTheVectorApi() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.dendra.kernels.vector")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(CLASSES);
    }

    @Test
    void onlyThePlatformLinksNativeCode() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.dendra.platform", "dev.dendra.kernels.ffm")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker")
                .check(CLASSES);
    }

    @Test
    void tensorsKnowNoKernels() {
        noClasses()
                .that()
                .resideInAPackage("dev.dendra.tensor..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.dendra.kernels..", "dev.dendra.platform..")
                .check(CLASSES);
    }

    @Test
    void theKernelInterfaceKnowsNoImplementation() {
        noClasses()
                .that()
                .resideInAPackage("dev.dendra.kernels")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.dendra.kernels.reference..", "dev.dendra.kernels.vector..", "dev.dendra.kernels.ffm..")
                .check(CLASSES);
    }

    @Test
    void theReferenceKnowsNoOtherKernels() {
        noClasses()
                .that()
                .resideInAPackage("dev.dendra.kernels.reference..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.dendra.kernels.vector..", "dev.dendra.platform..")
                .check(CLASSES);
    }

    @Test
    void thePlatformKnowsNothingOfTheRest() {
        noClasses()
                .that()
                .resideInAPackage("dev.dendra.platform..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.dendra.kernels..", "dev.dendra.tensor..")
                .check(CLASSES);
    }
}
