package io.logitstream.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.core.domain.properties.HasParameterTypes.Predicates.rawParameterTypes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.cli.Logitstream;
import io.logitstream.cli.testing.Repository;
import io.logitstream.model.trial.TrialMain;
import io.logitstream.pipeline.metrics.HealthCheck;
import io.logitstream.pipeline.stop.StopSignal;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What only some packages may use. */
class BoundariesTest {
    /** The packages whose classes run operators of libtorch that DJL's engine-independent interface lacks. */
    private static final String[] LIBTORCH = {
        "io.logitstream.model",
        "io.logitstream.model.layers",
        "io.logitstream.model.libtorch",
        "io.logitstream.model.optimizer"
    };

    /** The folders below io/logitstream of the TorchScript kernels, each loaded by a class of the same package. */
    private static final List<String> KERNELS = List.of(
            "model/huggingface",
            "model/layers",
            "model/libtorch",
            "model/pruning",
            "student/evaluation",
            "student/loss",
            "student/tasks",
            "teacher/selection");

    /** The packages whose classes run in every training step. */
    private static final String[] STEP = {
        "io.logitstream.model.layers",
        "io.logitstream.model.optimizer",
        "io.logitstream.student.loss",
        "io.logitstream.student.training"
    };

    @Test
    void onlyTheModelUsesClassesOfLibtorch() {
        noClasses()
                .that()
                .resideOutsideOfPackages(LIBTORCH)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.pytorch..")
                .check(Production.CLASSES);
    }

    @Test
    void torchScriptKernelsStandBesideTheClassesThatLoadThem() {
        assertThat(Production.sourceFiles().stream()
                        .filter(file -> file.toString().endsWith(".py"))
                        .map(file ->
                                Repository.root().relativize(file.getParent()).toString())
                        .map(folder -> folder.replaceFirst(".*/src/main/resources/io/logitstream/", ""))
                        .distinct())
                .isSubsetOf(KERNELS);
    }

    @Test
    void aTrainingStepReadsValuesThroughOneClassThatCountsThem() {
        noClasses()
                .that()
                .resideInAnyPackage(STEP)
                .should()
                .callMethodWhere(target(owner(assignableTo(NDArray.class)))
                        .and(target(nameMatching("to(Byte|Short|Int|Uint8|Long|Float|Double|Boolean|String)?Array"
                                + "|toByteBuffer|get(Byte|Short|Int|Uint8|Long|Float|Double|Boolean|String)"
                                + "|nonzero|booleanMask|contentEquals|allClose"))))
                .because("reading makes a GPU wait; use HostTransfer")
                .check(Production.CLASSES);
    }

    @Test
    void aTrainingStepHasNoOperandsThatAreCopiedToTheDevice() {
        noClasses()
                .that()
                .resideInAnyPackage(STEP)
                .should()
                .callMethodWhere(target(owner(assignableTo(NDArray.class)))
                        .and(target(rawParameterTypes(Number.class)))
                        .and(not(target(nameMatching("get.*|sum|mean|max|min")))))
                .because("DJL copies a number to the device, which waits for a GPU; pass it to a kernel")
                .check(Production.CLASSES);
        noClasses()
                .that()
                .resideInAnyPackage("io.logitstream.student.loss", "io.logitstream.student.training")
                .or()
                .haveSimpleName("DocumentGroups")
                .should()
                .callMethodWhere(target(owner(assignableTo(NDManager.class)))
                        .and(target(name("create")))
                        .and(not(target(rawParameterTypes(Shape.class)))))
                .because("DJL copies values to the device, which waits for a GPU; use HostTransfer")
                .check(Production.CLASSES);
    }

    @Test
    void applicationsAndTheModelDoNotKnowHowTheyAreRun() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.logitstream.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("picocli..")
                .check(Production.CLASSES);
    }

    @Test
    void onlyEntryPointsEndTheProcess() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(Logitstream.class, HealthCheck.class, TrialMain.class, StopSignal.class)
                .should()
                .callMethodWhere(target(owner(assignableTo(System.class).or(assignableTo(Runtime.class))))
                        .and(target(nameMatching("exit|halt"))))
                .check(Production.CLASSES);
    }

    @Test
    void onlyTheCommandLinePrintsStackTraces() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(Logitstream.class)
                .should()
                .callMethodWhere(target(owner(assignableTo(Throwable.class))).and(target(name("printStackTrace"))))
                .check(Production.CLASSES);
    }

    @Test
    void onlyTheEmbeddedClusterUsesTheBroker() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.logitstream.embedded..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("kafka..", "org.apache.kafka.server..", "org.apache.kafka.metadata..")
                .check(Production.CLASSES);
    }

    @Test
    void onlyTheTeacherStreamUsesKafkaStreams() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.logitstream.teacher..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka.streams..")
                .check(Production.CLASSES);
    }
}
