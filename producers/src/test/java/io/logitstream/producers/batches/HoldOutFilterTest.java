package io.logitstream.producers.batches;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.text.TextPiece;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HoldOutFilterTest {
    @Test
    void everyDocumentIsWhollyInOneOfTheParts() {
        List<Integer> trained = new ArrayList<>();
        List<Integer> heldOut = new ArrayList<>();
        HoldOutFilter training = HoldOutFilter.of(config(5, false));
        HoldOutFilter evaluation = HoldOutFilter.of(config(5, true));

        for (int document = 0; document < 23; document++) {
            for (int piece = 0; piece < 3; piece++) {
                TextPiece text = new TextPiece("text", 4, piece == 2);
                if (training.accepts(text)) {
                    trained.add(document);
                }
                if (evaluation.accepts(text)) {
                    heldOut.add(document);
                }
            }
        }

        assertThat(heldOut).containsExactly(4, 4, 4, 9, 9, 9, 14, 14, 14, 19, 19, 19);
        assertThat(trained).hasSize(57).doesNotContainAnyElementsOf(heldOut);
    }

    @Test
    void whatIsLeftOutIsCountedApart() {
        HoldOutFilter training = HoldOutFilter.of(config(20, false));
        HoldOutFilter evaluation = HoldOutFilter.of(config(20, true));
        HoldOutFilter all = HoldOutFilter.of(config(null, null));

        for (int document = 0; document < 45; document++) {
            for (HoldOutFilter part : List.of(training, evaluation, all)) {
                part.accepts(new TextPiece("text", 4, false));
                part.accepts(new TextPiece("te", 2, true));
            }
        }

        assertThat(training.excluded()).isEqualTo(new ExcludedDocuments(20, false, 2, 12));
        assertThat(training.excluded().afterthought())
                .contains("2 documents, 12 bytes, held out", "every 20th", "corpus.holdOut=null");
        assertThat(evaluation.excluded()).isEqualTo(new ExcludedDocuments(20, true, 43, 258));
        assertThat(all.excluded().afterthought()).isEmpty();
    }

    @Test
    void withoutHoldingOutAllIsTrainedOn() {
        HoldOutFilter all = HoldOutFilter.of(config(null, null));

        for (int document = 0; document < 10; document++) {
            assertThat(all.accepts(new TextPiece("text", 4, true))).isTrue();
        }
    }

    private static CorpusConfig config(Integer holdOut, Boolean heldOutPart) {
        return new CorpusConfig(
                "x", null, null, null, null, null, null, null, null, null, null, holdOut, heldOutPart, null);
    }
}
