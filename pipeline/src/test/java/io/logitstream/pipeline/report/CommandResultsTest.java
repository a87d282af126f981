package io.logitstream.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.tasks.TaskScore;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandResultsTest {
    private static final int COLUMNS = 80;

    @Test
    void theTableOfADistillationFitsATerminal() {
        Map<String, ModelScores> students = new LinkedHashMap<>();
        students.put("pd", report(4.6543));
        students.put("a-student-with-a-long-name", report(9.6543));
        DistillSummary summary = new DistillSummary(report(3.7265), students, 401_408, 37.3, 39.9, null, 185);

        List<String> lines =
                CommandResults.summary(summary, Path.of("results")).lines().toList();

        assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(COLUMNS));
        assertThat(lines.get(1)).endsWith("perplexity   per byte    teacher  agreement        error");
        assertThat(lines.get(2))
                .isEqualTo("teacher         3.7265       41.53     1.8633     0.3265      44.4%       0.0461");
        assertThat(lines.get(4)).isEqualTo("a-student-with-a-long-name");
        assertThat(lines.get(5)).startsWith("                9.6543 ");
    }

    private static ModelScores report(double loss) {
        return new ModelScores(
                new Evaluation(loss, Math.exp(loss), loss / 2, loss - 3.4, 0.444, 0.0461, 61_440, 236_766),
                Map.of("hellaswag", new TaskScore(0.25, 0.26, 0.25, 0.01, 10_042)));
    }
}
