package io.logitstream.producers;

import static io.logitstream.producers.TestMixture.mixture;
import static io.logitstream.producers.TestMixture.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.logitstream.producers.corpus.source.CorpusConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a mixture gives, told before it is published. */
class MixtureEstimateTest {
    @TempDir
    Path folder;

    @Test
    void anEstimateTellsSharesAndEnds() {
        try (TestMixture texts = new TestMixture(folder)) {
            TestCorpus web = texts.web;
            TestCorpus books = texts.books;
            CorpusConfig mixture =
                    mixture(null, Map.of("web", source(web, 1, 1, null), "books", source(books, 1, 2, 900L)));
            MixtureEstimate estimate = MixtureEstimate.of(mixture, web.tokenizer, Duration.ofSeconds(30));
            Map<String, Long> given = new HashMap<>();
            texts.batches(mixture).forEach(batch -> given.put(batch.corpus(), batch.tokensSoFar()));

            assertThat(estimate.isWhole()).isTrue();
            MixtureEstimate.Source ofBooks = estimate.sources().get(0);
            MixtureEstimate.Source ofWeb = estimate.sources().get(1);
            assertThat(ofBooks.tokens()).isEqualTo(900);
            assertThat(ofBooks.endsAfter()).isEqualTo(1800);
            assertThat(ofWeb.tokens()).isEqualTo(given.get("web").doubleValue());
            assertThat(ofWeb.endsAfter()).isNull();
            assertThat(ofWeb.passes()).isEqualTo(1);
            assertThat(ofBooks.epochsToEnd())
                    .isEqualTo(given.get("web") / (double) ofBooks.onePass().tokens());

            MixtureEstimate limited =
                    MixtureEstimate.of(mixture(1000L, mixture.mixture()), List.of(ofBooks.onePass(), ofWeb.onePass()));
            assertThat(limited.tokens()).isCloseTo(1000, offset(0.01));
            assertThat(limited.sources().get(1).tokens()).isCloseTo(500, offset(0.01));
        }
    }
}
