package io.logitstream.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.student.config.StudentConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

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
