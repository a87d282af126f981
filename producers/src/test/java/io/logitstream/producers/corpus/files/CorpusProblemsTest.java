package io.logitstream.producers.corpus.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CorpusProblemsTest {
    @Test
    void tellsThatItLeavesOutNotes() {
        CorpusProblems problems = new CorpusProblems();
        for (int i = 1; i <= 25; i++) {
            problems.note("part-" + i + ".parquet has no rows");
        }

        assertThat(problems.notes())
                .hasSize(11)
                .startsWith("part-1.parquet has no rows")
                .endsWith("part-10.parquet has no rows", "more than 10 notes; the rest is not shown");
    }
}
