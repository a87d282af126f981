package io.logitstream.exploration.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.logitstream.messages.UsageException;
import org.junit.jupiter.api.Test;

class BaselinesTest {
    private static final String GRID = """
      mode: grid
      axes:
        size: {small: {student.layers: 1}, large: {student.layers: 2}}
        trained: {lm: {loss.alpha: 0}, pd: {}}
      runs: {other: {}}
      """;

    @Test
    void aValueOfAnAxisComparesWhatDiffersInItAlone() throws Exception {
        Baselines baselines = of(GRID + "baseline: {trained: lm}");

        assertThat(baselines.label()).isEqualTo("trained=lm");
        assertThat(baselines.of())
                .containsEntry("size=small,trained=pd", "size=small,trained=lm")
                .containsEntry("size=large,trained=pd", "size=large,trained=lm")
                .containsEntry("size=large,trained=lm", "size=large,trained=lm")
                .doesNotContainKey("other");
    }

    @Test
    void aNameComparesAllWithOne() throws Exception {
        assertThat(of(GRID + "baseline: other").of())
                .hasSize(5)
                .allSatisfy((variant, baseline) -> assertThat(baseline).isEqualTo("other"));
        assertThat(of(GRID).label()).isEqualTo("size=small,trained=lm");
    }

    @Test
    void aBaselineThatIsNotThereIsRefused() {
        for (String none : new String[] {"nothing", "{trained: none}", "{other: lm}", "[lm]", "{}"}) {
            assertThatThrownBy(() -> of(GRID + "baseline: " + none))
                    .isInstanceOf(UsageException.class)
                    .hasMessageStartingWith("baseline ");
        }
    }

    private static Baselines of(String yaml) throws Exception {
        ExplorationPlan plan = new YAMLMapper().readValue(yaml, ExplorationPlan.class);
        return Baselines.of(plan, Variant.of(plan));
    }
}
