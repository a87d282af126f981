package io.logitstream.exploration.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTableTest {
    private static final int COLUMNS = 80;

    @TempDir
    private Path folder;

    @Test
    void theTableOfAnExplorationFitsATerminal() throws Exception {
        SyntheticExploration exploration = SyntheticExploration.of(folder, """
        mode: grid
        axes:
          selection.topK: [1, 100]
          loss.kind: [nll, skew-kl]
        runs: {lm: {loss.alpha: 0}}
        seeds: [1, 2, 3]
        """);

        List<String> lines = ResultsTable.text(exploration.results()).lines().toList();

        assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(COLUMNS));
        assertThat(lines)
                .anySatisfy(line -> assertThat(line).isEqualTo("topK=100,kind=skew-kl"))
                .anySatisfy(line -> assertThat(line).matches(" {19}    3 +4\\.\\d+ ± 0\\.\\d+ .*"))
                .anySatisfy(line -> assertThat(line).matches("lm +3 .*"));
    }
}
