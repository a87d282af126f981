package io.logitstream.architecture;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Dependencies between modules and between packages point one way, as ARCHITECTURE.md draws them. */
class LayersTest {
    private static final String COMMON = "common";
    private static final String SCHEMAS = "schemas";
    private static final String LANGUAGE_MODEL = "language-model";
    private static final String EMBEDDED_CLUSTER = "embedded-cluster";
    private static final String PRODUCERS = "producers";
    private static final String TEACHER_STREAM = "teacher-stream";
    private static final String STUDENT_CONSUMER = "student-consumer";
    private static final String PIPELINE = "pipeline";
    private static final String EXPLORATION = "exploration";
    private static final String CLI = "cli";

    @Test
    void layersDependOnlyOnTheLayersBelowThem() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("io.logitstream..")
                .layer(COMMON)
                .definedBy("io.logitstream.messages..", "io.logitstream.files..", "io.logitstream.http..")
                .layer(SCHEMAS)
                .definedBy("io.logitstream.schemas..")
                .layer(LANGUAGE_MODEL)
                .definedBy("io.logitstream.model..")
                .layer(EMBEDDED_CLUSTER)
                .definedBy("io.logitstream.embedded..")
                .layer(PRODUCERS)
                .definedBy("io.logitstream.producers..")
                .layer(TEACHER_STREAM)
                .definedBy("io.logitstream.teacher..")
                .layer(STUDENT_CONSUMER)
                .definedBy("io.logitstream.student..")
                .layer(PIPELINE)
                .definedBy("io.logitstream.pipeline..")
                .layer(EXPLORATION)
                .definedBy("io.logitstream.exploration..")
                .layer(CLI)
                .definedBy("io.logitstream.cli..")
                .whereLayer(COMMON)
                .mayNotAccessAnyLayer()
                .whereLayer(SCHEMAS)
                .mayOnlyAccessLayers(COMMON)
                .whereLayer(LANGUAGE_MODEL)
                .mayOnlyAccessLayers(COMMON)
                .whereLayer(EMBEDDED_CLUSTER)
                .mayOnlyAccessLayers(COMMON)
                // The three applications: all that passes between them is a topic.
                .whereLayer(PRODUCERS)
                .mayOnlyAccessLayers(COMMON, SCHEMAS, LANGUAGE_MODEL)
                .whereLayer(TEACHER_STREAM)
                .mayOnlyAccessLayers(COMMON, SCHEMAS, LANGUAGE_MODEL)
                .whereLayer(STUDENT_CONSUMER)
                .mayOnlyAccessLayers(COMMON, SCHEMAS, LANGUAGE_MODEL)
                .whereLayer(PIPELINE)
                .mayOnlyBeAccessedByLayers(EXPLORATION, CLI)
                .whereLayer(EXPLORATION)
                .mayOnlyBeAccessedByLayers(CLI)
                .whereLayer(CLI)
                .mayNotBeAccessedByAnyLayer()
                .ensureAllClassesAreContainedInArchitecture()
                .check(Production.CLASSES);
    }

    @Test
    void packagesDependOnEachOtherWithoutCircles() {
        slices().matching("io.logitstream.(**)").should().beFreeOfCycles().check(Production.CLASSES);
    }

    /** A rule that sees no class of a module would hold for whatever that module does. */
    @Test
    void theseRulesSeeThePackagesOfAllModules() {
        List<String> packages = Production.sourceFiles().stream()
                .filter(file -> file.endsWith("package-info.java"))
                .filter(file -> !file.toString().contains("/benchmarks/"))
                .map(LayersTest::packageName)
                .toList();

        assertThat(packages).hasSizeGreaterThan(60);
        assertThat(packages)
                .allSatisfy(name -> assertThat(Production.CLASSES.containPackage(name))
                        .as(name)
                        .isTrue());
    }

    private static String packageName(Path file) {
        return file.getParent().toString().replaceFirst(".*/src/main/java/", "").replace('/', '.');
    }
}
