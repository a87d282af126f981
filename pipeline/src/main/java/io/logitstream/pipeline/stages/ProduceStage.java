package io.logitstream.pipeline.stages;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.metrics.PublishMeters;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.producers.CorpusAhead;
import io.logitstream.producers.PublishListener;
import io.logitstream.producers.PublishResult;
import io.logitstream.producers.TokenPublisher;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.micrometer.core.instrument.Metrics;

/** First stage: publishes a corpus to a tokens topic. */
public final class ProduceStage {
    private final StageContext context;

    public ProduceStage(StageContext context) {
        this.context = context;
    }

    /**
     * Publishes a corpus in the calling thread, each batch once; a topic that holds a prefix of it is continued.
     *
     * @param corpus text to publish
     * @param topic tokens topic, created if missing
     * @param tokenizer tokenizer of the run
     * @param listener receives the progress
     * @throws UsageException if the corpus holds no files or its batches do not fit into a record
     */
    public PublishResult publish(CorpusConfig corpus, String topic, Tokenizer tokenizer, PublishListener listener) {
        return publish(corpus, topic, tokenizer, listener, CorpusAhead.none());
    }

    /**
     * Publishes a corpus, as above.
     *
     * @param ahead the same corpus, if it is open or read already
     */
    @SuppressWarnings("try") // The registration only has to be closed.
    public PublishResult publish(
            CorpusConfig corpus, String topic, Tokenizer tokenizer, PublishListener listener, CorpusAhead ahead) {
        PreflightChecks.requireCorpus(corpus);
        PreflightChecks.requireTokensFit(corpus, context.config().topics());
        context.ensureTopics(topic);
        try (PublishMeters meters = new PublishMeters(Metrics.globalRegistry, topic, listener);
                TokenPublisher publisher =
                        new TokenPublisher(context.kafka(), topic, corpus, tokenizer, meters, ahead);
                StopSignal.Registration stop = StopSignal.onStop(publisher::close)) {
            PublishResult result = publisher.publish();
            if (!result.complete()) {
                StopSignal.requireRunning();
            }
            return result;
        }
    }
}
