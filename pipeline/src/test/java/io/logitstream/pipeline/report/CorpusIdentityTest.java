package io.logitstream.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.producers.corpus.source.BeginOfText;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.schemas.Documents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusIdentityTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JAR = "cli/target/corpus/kafka-clients-4.3.1-sources.jar";

    @TempDir
    private Path folder;

    @Test
    void theBundledTextIsTheSameInEveryCheckout() throws IOException {
        CorpusConfig here = corpus(bundled("here", "text"));
        CorpusConfig there = corpus(bundled("there", "text"));
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("here"));

        assertThat(identity(there)).isEqualTo(identity(here));
        assertThat(identity(corpus(folder.resolve("link").resolve(JAR)))).isEqualTo(identity(here));
        assertThat(json(here).toString())
                .doesNotContain(folder.toString())
                .contains("logitstream:kafka-clients-4.3.1-sources.jar");
        assertThat(identity(corpus(bundled("other", "other text")))).isNotEqualTo(identity(here));
    }

    @Test
    void otherTextIsKnownByItsSource() throws IOException {
        Path texts = Files.createDirectories(folder.resolve("texts"));

        assertThat(json(corpus(texts)).get("source").asText()).isEqualTo(texts.toString());
        assertThat(CorpusIdentity.of(null, null)).isNull();
    }

    @Test
    void aDefaultThatIsWrittenOutIsTheSameCorpus() throws IOException {
        CorpusConfig corpus = corpus(Files.createDirectories(folder.resolve("texts")));

        assertThat(identity(corpus.withBoundaries(Documents.JOINED, BeginOfText.AUTO, null)))
                .isEqualTo(identity(corpus));
        assertThat(identity(corpus.withBoundaries(Documents.ISOLATED, null, null)))
                .isNotEqualTo(identity(corpus));
    }

    @Test
    void theFolderOfAnEarlierVersionHoldsThePath() throws IOException {
        CorpusConfig corpus = corpus(bundled("here", "text"));
        ObjectNode old = JSON.valueToTree(corpus(Path.of("/somewhere/else").resolve(JAR)));
        ObjectNode now = json(corpus);

        CorpusIdentity.reconcile(old, now);

        assertThat(old).isEqualTo(now);
        assertThat(now.has("sha256")).isFalse();
    }

    @Test
    void anotherContentIsAnotherRun() throws IOException {
        ObjectNode saved = json(corpus(bundled("here", "text")));
        ObjectNode now = json(corpus(bundled("there", "other text")));

        CorpusIdentity.reconcile(saved, now);

        assertThat(saved).isNotEqualTo(now);
    }

    @Test
    void idsThatTheTokenizerAddsAreAnotherTextAndNoneChangeNothing() throws IOException {
        CorpusConfig corpus = corpus(bundled("here", "text"));
        CorpusConfig named = corpus.withBoundaries(null, null, "<end>");

        assertThat(json(corpus).has("beginOfTextIds")).isFalse();
        assertThat(json(corpus).has("endOfTextId")).isFalse();
        ObjectNode prefixed = JSON.valueToTree(CorpusIdentity.of(corpus, new int[] {3, 1}, 0));
        assertThat(prefixed.get("beginOfTextIds").toString()).isEqualTo("[3,1]");
        assertThat(CorpusIdentity.of(named, new int[0], 5)).isNotEqualTo(CorpusIdentity.of(named, new int[0], 6));
        assertThat(JSON.<ObjectNode>valueToTree(CorpusIdentity.of(named, new int[0], 5))
                        .get("endOfTextId")
                        .asInt())
                .isEqualTo(5);
    }

    private static ObjectNode json(CorpusConfig corpus) {
        return JSON.valueToTree(identity(corpus));
    }

    private static CorpusIdentity identity(CorpusConfig corpus) {
        return CorpusIdentity.of(corpus, new int[0], 0);
    }

    private Path bundled(String checkout, String text) throws IOException {
        Path file = folder.resolve(checkout).resolve(JAR);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static CorpusConfig corpus(Path source) throws IOException {
        return JSON.readValue(
                JSON.createObjectNode()
                        .put("source", source.toString())
                        .put("name", "demo")
                        .toString(),
                CorpusConfig.class);
    }
}
