package io.logitstream.producers;

import com.github.luben.zstd.Zstd;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.batches.ExcludedDocuments;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.CorpusReport;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.schemas.TokenBatches;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * What a corpus gives, estimated from its beginning without publishing anything. Files are read in the order of a hash
 * of their names, so that the beginning is a sample of all files; within a large file it is the file's beginning.
 *
 * @param corpus name of the corpus
 * @param report counts of the sample
 * @param excluded documents of the sample that are held out
 * @param batches batches of the sample
 * @param tokens predicted tokens of the sample
 * @param packedBytes bytes of these batches, compressed as a producer does by default
 * @param fraction fraction of the corpus that was read, 0 to 1, of all passes over it
 * @param passes passes over the corpus
 * @param seconds time that reading and tokenizing took
 */
public record CorpusEstimate(
        String corpus,
        CorpusReport report,
        ExcludedDocuments excluded,
        long batches,
        long tokens,
        long packedBytes,
        double fraction,
        int passes,
        double seconds) {
    // A producer's batch, which is compressed as a whole.
    private static final int PRODUCER_BATCH = 32 * 1024;
    // Key, header and fields of a record beside its tokens.
    private static final int RECORD_OVERHEAD = 150;

    /**
     * Reads the beginning of a corpus.
     *
     * @param patience time after which reading ends, at the next batch
     * @throws UsageException when the corpus has no text, or can be read only once
     */
    public static CorpusEstimate of(CorpusConfig config, Tokenizer tokenizer, Duration patience) {
        if (CorpusReader.isReadOnce(config)) {
            throw new UsageException("corpus " + config.source()
                    + " can be read only once, so that a dry run would take its text; give files");
        }
        if (config.watch() != null) {
            throw new UsageException("a watched folder has no size to estimate; leave corpus.watch out");
        }
        tokenizer.endOfText();
        long began = System.nanoTime();
        try (TokenBatchSource source = new TokenBatchSource(config, tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
            ByteArrayOutputStream pending = new ByteArrayOutputStream();
            long batches = 0;
            long tokens = 0;
            long packed = 0;
            boolean timeLeft = true;
            while (timeLeft && source.hasNext()) {
                CorpusBatch batch = source.next();
                batches++;
                tokens = batch.tokensSoFar();
                pending.writeBytes(bytes(TokenBatches.bytes(batch.tokens())));
                if (pending.size() >= PRODUCER_BATCH) {
                    packed += Zstd.compress(pending.toByteArray()).length;
                    pending.reset();
                }
                // Whole shards only: the batches of a shard are ready before the text of the next one is read.
                timeLeft = System.nanoTime() - began < patience.toNanos() || source.isWithinShard();
            }
            packed += pending.size() == 0 ? 0 : Zstd.compress(pending.toByteArray()).length;
            return new CorpusEstimate(
                    config.name(),
                    source.report(),
                    source.excluded(),
                    batches,
                    tokens,
                    packed + RECORD_OVERHEAD * batches,
                    timeLeft ? 1 : source.fraction(),
                    config.passes(),
                    (System.nanoTime() - began) / 1e9);
        }
    }

    /** Whether the whole corpus was read, so that the counts are exact. */
    public boolean isWhole() {
        return fraction >= 1;
    }

    /** A count of the whole corpus, from that of the sample. */
    public long whole(double ofSample) {
        return Math.round(ofSample / fraction);
    }

    /** A count of the text of one pass, from that of the sample. */
    public long ofText(double ofSample) {
        return Math.round(ofSample / Math.min(1, fraction * passes));
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
