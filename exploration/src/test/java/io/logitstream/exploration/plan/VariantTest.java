package io.logitstream.exploration.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.LogitstreamConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class VariantTest {
    @Test
    void oneAxisAtATimeHasTheBaseEachValueAndTheRuns() throws Exception {
        List<Variant> variants = Variant.of(plan("""
        base: {loss: {kind: nll, alpha: 1}}
        axes:
          loss.kind: [kld, mse]
          training.schedule: [cosine, {kind: wsd, decay: 0.3}]
        runs: {lm: {loss.alpha: 0}}
        """));

        assertThat(variants)
                .extracting(Variant::name)
                .containsExactly(
                        "base", "kind=kld", "kind=mse", "schedule=cosine", "schedule=kind=wsd,decay=0.3", "lm");
        assertThat(variants.get(1).settings().toString()).isEqualTo("{\"loss\":{\"kind\":\"kld\",\"alpha\":1}}");
        assertThat(variants.get(1).choices()).isEqualTo(Map.of("loss.kind", "kld"));
        assertThat(variants.get(5).settings().at("/loss/alpha").asInt()).isZero();
    }

    @ParameterizedTest
    @FieldSource("io.logitstream.exploration.plan.ExplorationPlans#SHIPPED")
    void theRunsOfABuiltInPlanDoNotDependOnTheDefaultTemperature(String plan) {
        assertThat(Variant.of(ExplorationPlans.read(plan, List.of())))
                .allSatisfy(variant -> assertThat(
                                variant.settings().at("/loss/temperature").isNumber())
                        .as(variant.name())
                        .isTrue());
    }

    @Test
    void theVariantWithTheDefaultsOfDistillHasThem() {
        Variant temperatureTwo = Variant.of(ExplorationPlans.read("defaults", List.of())).stream()
                .filter(variant -> variant.name().equals("change=temperature-2"))
                .findFirst()
                .orElseThrow();

        LogitstreamConfig distill = new ConfigurationPrecedence().resolve();
        LogitstreamConfig variant =
                new ConfigurationPrecedence().file(temperatureTwo.settings()).resolve();

        assertThat(variant).isEqualTo(distill);
    }

    @Test
    void aGridHasAllCombinationsOfItsAxes() throws Exception {
        List<Variant> variants = Variant.of(plan("""
        mode: grid
        axes:
          size: {small: {student.layers: 1}, "large one": {student: {layers: 2, heads: 4}}}
          loss.alpha: [0, 0.5, 1]
        """));

        assertThat(variants)
                .extracting(Variant::name)
                .containsExactly(
                        "size=small,alpha=0",
                        "size=small,alpha=0.5",
                        "size=small,alpha=1",
                        "size=large-one,alpha=0",
                        "size=large-one,alpha=0.5",
                        "size=large-one,alpha=1");
        assertThat(variants.get(5).settings().toString())
                .isEqualTo("{\"student\":{\"layers\":2,\"heads\":4},\"loss\":{\"alpha\":1}}");
        assertThat(variants.get(5).choices()).isEqualTo(Map.of("size", "large one", "loss.alpha", "1"));
    }

    @Test
    void startsAreCalledByTheEndOfTheirPathsAndReplaceTheSizesOfTheBase() throws Exception {
        List<Variant> variants = Variant.of(plan("""
        mode: grid
        base: {student: {preset: laptop, layers: 2}}
        axes:
          student.from: [null, runs/a/pruned/, runs/b/pruned, teachers/java-4m]
        runs: {wide: {student.hiddenSize: 256}}
        """));

        assertThat(variants)
                .extracting(Variant::name)
                .containsExactly("from=noise", "from=a-pruned", "from=b-pruned", "from=java-4m", "wide");
        assertThat(variants.get(0).settings().at("/student/layers").asInt()).isEqualTo(2);
        assertThat(variants.get(3).settings().toString()).isEqualTo("{\"student\":{\"from\":\"teachers/java-4m\"}}");
        assertThat(variants.get(3).choices()).isEqualTo(Map.of("student.from", "java-4m"));
    }

    @Test
    void aValueUnderADottedKeyReplacesTheOldOneWhole() throws Exception {
        List<Variant> variants = Variant.of(plan("""
        base: {training: {schedule: {kind: wsd, decay: 0.3}, tokens: 100}}
        axes: {training.schedule: [{kind: cosine}]}
        """));

        assertThat(variants.get(1).settings().toString())
                .isEqualTo("{\"training\":{\"schedule\":{\"kind\":\"cosine\"},\"tokens\":100}}");
    }

    @Test
    void axesWhoseKeysEndAlikeKeepTheirWholeNames() throws Exception {
        List<Variant> variants = Variant.of(plan("axes: {loss.topK: [1], selection.topK: [2]}"));

        assertThat(variants).extracting(Variant::name).containsExactly("base", "loss.topK=1", "selection.topK=2");
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> plan("base: {}"))
                .hasRootCauseInstanceOf(UsageException.class)
                .hasMessageContaining("neither axes nor runs");
        assertThatThrownBy(() -> plan("{axes: {loss.kind: [nll]}, seeds: [1, 1]}"))
                .hasMessageContaining("each once");
        assertThatThrownBy(() -> Variant.of(plan("axes: {loss.kind: [nll, nll]}")))
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> Variant.of(plan("axes: {loss.kind: nll}"))).hasMessageContaining("axes.loss.kind");
        assertThatThrownBy(() -> Variant.of(plan("{axes: {loss.kind: [nll]}, runs: {base: {}}}")))
                .hasMessageContaining("called base");
    }

    private static ExplorationPlan plan(String yaml) throws Exception {
        return new YAMLMapper().readValue(yaml, ExplorationPlan.class);
    }
}
