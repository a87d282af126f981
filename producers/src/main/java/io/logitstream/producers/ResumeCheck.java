package io.logitstream.producers;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.topic.MixtureHeader;
import io.logitstream.producers.topic.PublishedCorpus;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.BatchPosition;
import java.util.Map;
import java.util.Objects;

/**
 * Checks that a partly published corpus has not changed: the last published batch must be produced again exactly as it
 * is in the topic. Earlier batches of its shard are skipped.
 */
final class ResumeCheck {
    private final String topic;
    private final CorpusConfig config;
    private final PublishedCorpus published;
    private final TokenWriter writer;
    private boolean reached;

    ResumeCheck(String topic, CorpusConfig config, PublishedCorpus published, TokenWriter writer) {
        this.topic = topic;
        this.config = config;
        this.published = published;
        this.writer = writer;
        reached = published.last() == null;
    }

    /** Position to read the corpus from: the shard of the last published batch. */
    TokenBatchSource.Start start() {
        TokenBatch last = published.last();
        BatchPosition position = published.position();
        return last == null
                ? TokenBatchSource.Start.OF_CORPUS
                : new TokenBatchSource.Start(
                        last.getShard(), position.number() - last.getBatch(), position.tokensBeforeShard());
    }

    /**
     * Whether a batch follows the published ones.
     *
     * @throws LogitstreamException when it has the position of the last published batch and differs from it
     */
    boolean isNew(CorpusBatch batch) {
        if (reached) {
            return true;
        }
        if (batch.number() == published.position().number()) {
            boolean same = writer.recordOf(batch).equals(published.last())
                    && batch.position().equals(published.position());
            if (!same) {
                throw changed();
            }
            reached = true;
        }
        return false;
    }

    /** Requires, at the end of the corpus, that the last published batch was produced again. */
    void requireReached() {
        if (!reached) {
            throw changed();
        }
    }

    /** Whether the last published batch was produced again. */
    boolean isReached() {
        return reached;
    }

    private LogitstreamException changed() {
        return new LogitstreamException("topic " + topic + ": batch " + BatchKey.of(published.last())
                + " was published with other tokens than " + config.source()
                + " gives now: the corpus or its settings have changed;"
                + " restore them, or use another corpus name or topic"
                + (config.beginOfText() == null
                        ? ". Version 0.1.0 put no begin-of-text token before documents: corpus.beginOfText=never"
                                + " continues its topics"
                        : ""));
    }

    /**
     * Requires that the topic has the sources of a corpus from the same mixture, or alone where the corpus is none.
     *
     * @param published what the topic has of each source
     */
    static void requireMixture(String topic, CorpusConfig config, Map<String, PublishedCorpus> published) {
        MixtureHeader now = MixtureHeader.of(config);
        published.forEach((name, source) -> {
            MixtureHeader before = source.mixture();
            if (source.isEmpty() || Objects.equals(before, now)) {
                return;
            }
            String where = "topic " + topic + ": corpus " + name + " is ";
            if (before == null) {
                throw new LogitstreamException(where + "in the topic already and was not published by a mixture;"
                        + " give the source another name in corpora, or use another topic");
            }
            if (now == null) {
                throw new LogitstreamException(where + "a source of a mixture (" + before.names()
                        + "); continue that with the same corpora, or use another corpus name or topic");
            }
            throw new LogitstreamException(where + "a source of another mixture: "
                    + String.join(", ", before.changes(now)) + "; restore corpora, or use another topic");
        });
        long ended = published.values().stream()
                .filter(source -> source.end() != null)
                .count();
        if (ended > 0 && ended < published.size()) {
            throw new LogitstreamException("topic " + topic + ": " + ended + " of " + published.size()
                    + " sources of the mixture have ended; were records deleted? Use another topic");
        }
    }

    /** Requires that a corpus was published with documents that are read in this way. */
    static void requireDocuments(String topic, TokenBatch published, Integer documentEnd) {
        if (!Objects.equals(published.getDocumentEnd(), documentEnd)) {
            throw new LogitstreamException("topic " + topic + ": corpus " + published.getCorpus()
                    + " was published with documents that are " + Documents.describe(published) + ", and now they are "
                    + (documentEnd == null
                            ? Documents.JOINED
                            : Documents.ISOLATED + " (token " + documentEnd + " ends them)")
                    + "; set corpus.documents and corpus.endOfText as they were, or use another corpus name or topic");
        }
    }

    /** Requires that a corpus was published with this tokenizer. */
    static void requireTokenizer(String topic, TokenBatch published, String vocabulary, Tokenizer tokenizer) {
        if (!tokenizer.identity().made(published.getTokenizerHash(), vocabulary, published.getVocabularySize())) {
            throw new LogitstreamException("topic " + topic + ": corpus " + published.getCorpus()
                    + " was published with another tokenizer (" + published.getTokenizerHash() + ", vocabulary "
                    + published.getVocabularySize() + ") than " + tokenizer.file() + " (" + tokenizer.hash()
                    + ", vocabulary "
                    + tokenizer.vocabularySize() + "); use that one, or another corpus name or topic");
        }
    }
}
