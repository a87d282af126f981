package io.logitstream.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
}
