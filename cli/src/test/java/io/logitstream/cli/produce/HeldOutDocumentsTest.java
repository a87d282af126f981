package io.logitstream.cli.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.report.CommandResults;
import io.logitstream.producers.PublishResult;
import io.logitstream.producers.batches.ExcludedDocuments;
import io.logitstream.producers.corpus.CorpusReport;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents held out of a user's corpus: they are reported, and the user can choose. */
class HeldOutDocumentsTest {
    @TempDir
    private Path folder;

    @Test
    void theClosingLineCountsThemApart() {
        CorpusReport read = new CorpusReport(3, 40, 4000, 0, 0, 0, List.of());
        PublishResult result = new PublishResult(
                "c", 10, 640, 10, true, read.without(2, 150), new ExcludedDocuments(20, false, 2, 150));

        assertThat(CommandResults.published(result))
                .isEqualTo("corpus c complete: 10 batches, 640 tokens; 38 documents, 3850 bytes of"
                        + " text in 3 files; 2 documents, 150 bytes, held out for evaluation: every 20th (produce --held-out publishes them;"
                        + " --set corpus.holdOut=null holds none out)");
    }

    @Test
    void aCorpusIsWholeWhenAskedFor() {
        LogitstreamConfig held = configuration("corpus.source=" + folder);
        LogitstreamConfig whole = configuration("corpus.source=" + folder, "corpus.holdOut=null", "heldOut.rows=4");

        assertThat(held.corpus().holdOut()).isEqualTo(20);
        assertThat(held.heldOut().heldOutPart()).isTrue();
        assertThat(whole.corpus().holdOut()).isNull();
        assertThat(whole.heldOut()).as("text that was trained on").isNull();
    }

    @Test
    void nothingOfAPipeIsHeldOut() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        LogitstreamConfig config = configuration("corpus.source=" + pipe);

        assertThat(config.corpus().holdOut()).isNull();
        assertThat(config.heldOut()).isNull();
    }

    private static LogitstreamConfig configuration(String... settings) {
        return new ConfigurationPrecedence().set(List.of(settings)).resolve();
    }
}
