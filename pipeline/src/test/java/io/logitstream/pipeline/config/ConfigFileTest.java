package io.logitstream.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import io.logitstream.student.config.StudentConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
    @Test
    void aLoneDashIsTextAndOtherValuesAreYaml() {
        ObjectNode tree = ConfigFile.empty();

        ConfigFile.set(tree, List.of("corpus.source=-", "seeds=- 1\n- 2", "rate=-1", "none="));

        assertThat(tree.at("/corpus/source").isTextual()).isTrue();
        assertThat(tree.at("/corpus/source").asText()).isEqualTo("-");
        assertThat(tree.get("seeds")).hasSize(2);
        assertThat(tree.get("rate").isInt()).isTrue();
        assertThat(tree.get("none").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "corpus.rows=1.5",
                "corpus.maxTokens=1e400",
                "corpus.maxTokens=400000.5",
                "students.a.training.seed=1.5"
            })
    void aFractionIsNoWholeNumber(String setting) {
        assertThatThrownBy(() ->
                        new ConfigurationPrecedence().set(List.of(setting)).resolve())
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll(setting.substring(0, setting.indexOf('=')), "expected a whole number");
    }

    @Test
    void aWholeNumberMayBeWrittenWithAnExponentOrAZeroAfterThePoint() {
        LogitstreamConfig config = new ConfigurationPrecedence()
                .set(List.of("corpus.maxTokens=4e5", "corpus.rows=8.0", "training.tokens=1.5e3"))
                .resolve();

        assertThat(config.corpus().maxTokens()).isEqualTo(400_000);
        assertThat(config.corpus().rows()).isEqualTo(8);
        assertThat(config.training().tokens()).isEqualTo(1500);
    }

    @Test
    void aNamedStudentsStartReplacesTheSizesAboveAndItsSizesTheStartAbove() {
        LogitstreamConfig sizes = new ConfigurationPrecedence()
                .set(List.of("student.layers=2", "students.a.student.from=base", "students.b.student.heads=8"))
                .resolve();
        LogitstreamConfig start = new ConfigurationPrecedence()
                .set(List.of("student.from=base", "students.a={}", "students.b.student.layers=2"))
                .resolve();

        assertThat(sizes.student("a").student()).isEqualTo(StudentConfig.from("base"));
        assertThat(sizes.student("b").student().layers()).isEqualTo(2);
        assertThat(start.student("a").student()).isEqualTo(StudentConfig.from("base"));
        assertThat(start.student("b").student().layers()).isEqualTo(2);
        assertThat(start.student("b").student().from()).isNull();
    }
}
