package io.logitstream.cli.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.report.CommandResults;
import io.logitstream.pipeline.report.CorpusIdentity;
import io.logitstream.pipeline.report.MixtureEstimateText;
import io.logitstream.producers.CorpusEstimate;
import io.logitstream.producers.MixtureEstimate;
import io.logitstream.producers.PublishResult;
import io.logitstream.producers.batches.ExcludedDocuments;
import io.logitstream.producers.corpus.CorpusReport;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.MixtureSource;
import io.logitstream.producers.corpus.source.Mixtures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code corpora} makes of a configuration, and what commands say of a mixture. */
class MixtureSettingsTest {
    private static final String TWO =
            "corpora={web: {source: w, weight: 3}, books: {source: b, epochs: 2, maxTokens: 70}}";

    @Test
    void theCorpusAndItsHeldOutTextAreTheSameMixture() {
        LogitstreamConfig config =
                resolve(TWO, "corpus.rows=4", "corpus.textField=body", "corpora.web.textField=content");

        assertThat(config.corpora().get("web"))
                .isEqualTo(new MixtureSource("w", 3.0, 1, null, null, "content", null, null));
        List<CorpusConfig> sources = Mixtures.sources(config.corpus());
        assertThat(sources).extracting(CorpusConfig::name).containsExactly("books", "web");
        assertThat(sources).extracting(CorpusConfig::source).containsExactly("b", "w");
        assertThat(sources).extracting(CorpusConfig::textField).containsExactly("body", "content");
        assertThat(sources).extracting(CorpusConfig::passes).containsExactly(2, 1);
        assertThat(sources).extracting(CorpusConfig::maxTokens).containsExactly(70L, null);
        assertThat(sources).extracting(CorpusConfig::holdOut).containsExactly(20, 20);
        assertThat(sources).extracting(CorpusConfig::rows).containsExactly(4, 4);
        List<CorpusConfig> heldOut = Mixtures.sources(config.heldOut());
        assertThat(heldOut).extracting(CorpusConfig::name).containsExactly("books", "web");
        assertThat(heldOut).allMatch(CorpusConfig::heldOutPart);
        assertThat(heldOut)
                .as("the held-out part is small, and read once")
                .allMatch(source -> source.passes() == 1 && source.maxTokens() == null);
        assertThat(config.heldOut().maxTokens()).isEqualTo(60_000);
        assertThat(resolve(TWO, "heldOut.source=h").heldOut().mixture()).isNull();
        assertThat(resolve(TWO, "corpus.holdOut=null").heldOut()).isNull();
    }

    @Test
    void aSourceThatIsNullIsRemovedAndWithoutAnyTheCorpusIsOne() {
        assertThat(resolve(TWO, "corpora.books=null").corpus().mixture()).containsOnlyKeys("web");
        assertThat(resolve(TWO, "corpora=null", "corpus.source=x").corpus().mixture())
                .isNull();
        assertThat(resolve("corpora={}").corpus().name()).isEqualTo("kafka-clients");
    }

    @Test
    void whatDoesNotFitIsRefusedInOneLine() {
        assertThat(refusal(TWO, "corpus.source=x")).startsWith("corpus.source and corpora are both given");
        assertThat(refusal(TWO, "corpus.watch={}")).startsWith("corpus.watch and corpora are both given");
        assertThat(refusal(TWO, "corpus.epochs=2")).startsWith("corpus.epochs and corpora are both given");
        assertThat(refusal("corpora=[a, b]")).startsWith("corpora: expected a map of names, as in corpora:");
        assertThat(refusal(TWO, "corpora.web.rows=3"))
                .contains("corpora.web.rows")
                .contains("known keys here: damaged, epochs, format, include, maxTokens, source, textField, weight");
        assertThat(refusal("corpus.mixture={web: {source: w}}"))
                .isEqualTo("unknown configuration key corpus.mixture; name the sources of a mixture in corpora");
        assertThat(refusal("corpora={web: texts}")).contains("corpora.web");
        assertThat(refusal("corpora={web: {weight: 2}}")).startsWith("corpora.web.source is not given");
    }

    @Test
    void runsOfOtherWeightsAreOtherRunsAndTheOrderOfTheListIsNone() {
        assertThat(identity(TWO)).isNotEqualTo(identity(TWO, "corpora.web.weight=2"));
        assertThat(identity(TWO))
                .isEqualTo(identity(
                        "corpora={books: {source: b, maxTokens: 70, epochs: 2}, web: {source: w, weight: 3.0}}"));
        assertThat(identity(TWO)).isEqualTo(identity(TWO, "corpora.web.damaged=skip"));
    }

    @Test
    void theClosingLinesCountEachSource() {
        CorpusReport read = new CorpusReport(3, 40, 4000, 0, 0, 0, List.of());
        ExcludedDocuments none = new ExcludedDocuments(0, false, 0, 0);
        List<PublishResult> sources = List.of(
                new PublishResult("books", 10, 640, 10, true, read, none),
                new PublishResult(
                        "web", 30, 1920, 30, true, read.without(2, 150), new ExcludedDocuments(20, false, 2, 150)));
        PublishResult result = new PublishResult("books+web", 40, 2560, 40, true, null, null, sources);

        assertThat(CommandResults.published(result).lines())
                .containsExactly(
                        "mixture of 2 corpora complete: 40 batches, 2,560 tokens",
                        "  books, 25.0% of the tokens: 10 batches, 640 tokens; 40 documents, 4000 bytes of text in 3 files",
                        "  web, 75.0% of the tokens: 30 batches, 1,920 tokens; 38 documents, 3850 bytes of text in 3 files;"
                                + " 2 documents, 150 bytes, held out for evaluation: every 20th (produce --held-out"
                                + " publishes them; --set corpus.holdOut=null holds none out)");
        Map<String, Long> shares = new LinkedHashMap<>();
        shares.put("books", 640L);
        shares.put("web", 1920L);
        assertThat(CommandResults.shares(shares)).isEqualTo("books 25.0%, web 75.0%");
    }

    @Test
    void aDryRunSaysWhatEachSourceGivesAndWhereItEnds() {
        CorpusReport read = new CorpusReport(3, 40, 4000, 0, 0, 0, List.of());
        ExcludedDocuments none = new ExcludedDocuments(0, false, 0, 0);
        CorpusEstimate books = new CorpusEstimate("books", read, none, 10, 1000, 2000, 1, 1, 2);
        CorpusEstimate web = new CorpusEstimate("web", read, none, 30, 3000, 6000, 0.5, 1, 2);
        MixtureEstimate mixture = new MixtureEstimate(
                "books+web",
                List.of(
                        new MixtureEstimate.Source(1, 2, books, 2000, 4000.0, 3),
                        new MixtureEstimate.Source(2.5, 1, web, 6000, null, 1)));

        assertThat(MixtureEstimateText.of(mixture).lines().limit(11))
                .containsExactly(
                        "mixture      2 corpora, estimated",
                        "tokens       8,000",
                        "records      80",
                        "topic        16,000 bytes, compressed with zstd, for each replica",
                        "time         8 s to read and tokenize here (1,000 tokens/s)",
                        "",
                        "corpus   weight    share           tokens         epochs",
                        "books         1    25.0%            2,000      2.00 of 2",
                        "web         2.5    75.0%            6,000      1.00 of 1",
                        "books ends after 4,000 tokens of the mixture; to keep its share to the end takes 3.0 epochs of it",
                        "");
    }

    private static String identity(String... settings) {
        return new ObjectMapper()
                .valueToTree(CorpusIdentity.of(resolve(settings).corpus(), new int[0], 0))
                .toString();
    }

    private static LogitstreamConfig resolve(String... settings) {
        return new ConfigurationPrecedence().set(List.of(settings)).resolve();
    }

    private static String refusal(String... settings) {
        return assertThatThrownBy(() -> resolve(settings))
                .isInstanceOf(UsageException.class)
                .actual()
                .getMessage();
    }
}
