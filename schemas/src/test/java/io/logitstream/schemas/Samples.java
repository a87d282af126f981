package io.logitstream.schemas;

import io.logitstream.schemas.codec.PlainCodec;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** Records for the tests. */
public final class Samples {

    public static final String HASH = "0123456789abcdef".repeat(4);

    private Samples() {}

    /** One row of three tokens out of a vocabulary of eight: two predicted positions. */
    public static TokenBatch tokenBatch() {
        return new TokenBatch("demo", 0, 0, 1, 3, TokenBatches.bytes(new int[] {5, 1, 2}), HASH, 8, null, null);
    }

    /** The same row as two isolated documents: token 1 ends the first. */
    public static TokenBatch isolatedBatch() {
        TokenBatch batch = tokenBatch();
        batch.setDocumentEnd(1);
        return batch;
    }

    /** The teacher's answer to {@link #tokenBatch()}: two kept tokens, then one, of the logits below. */
    public static LogitsBatch logitsBatch() {
        return new LogitsBatch(
                tokenBatch(),
                new Teacher("toy", HASH, null),
                new Selection("top-p-top-k", 0.75, 2, 0, 0L),
                PlainCodec.NAME,
                new PlainCodec(true).encode(sparseLogits(), PayloadShape.of(tokenBatch(), 0)));
    }

    public static SparseLogits sparseLogits() {
        double[][] logits = {{0, 3, 2, 1, 0, -1, 0, 0}, {-1, 0, 6, 1, 0, 0, 2, 0}};
        int[][] kept = {{1, 2}, {2}};
        SparseLogits sparse = new SparseLogits();
        sparse.resize(2, 3);
        sparse.offsets()[1] = 2;
        for (int i = 0; i < logits.length; i++) {
            double[] z = logits[i];
            double logSumExp =
                    StrictMath.log(Arrays.stream(z).map(StrictMath::exp).sum());
            double mean = Arrays.stream(z).average().orElseThrow();
            double variance =
                    Arrays.stream(z).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
            double mass = 0;
            for (int k = 0; k < kept[i].length; k++) {
                int entry = sparse.offsets()[i] + k;
                double logProb = z[kept[i][k]] - logSumExp;
                sparse.ids()[entry] = kept[i][k];
                sparse.logProbs()[entry] = (float) logProb;
                mass += StrictMath.exp(logProb);
            }
            sparse.tailMass()[i] = (float) (1 - mass);
            sparse.logSumExp()[i] = (float) logSumExp;
            sparse.standardDeviation()[i] = (float) StrictMath.sqrt(variance);
            sparse.entropy()[i] = (float) Arrays.stream(z)
                    .map(value -> StrictMath.exp(value - logSumExp) * (logSumExp - value))
                    .sum();
        }
        return sparse;
    }

    /**
     * Fills the logits with random content that every codec must take: any counts, ids and log-probabilities.
     */
    public static void fill(SparseLogits logits, Random random, int positions, int vocabularySize, int maxKept) {
        int[] counts =
                random.ints(positions, 1, Math.min(maxKept, vocabularySize) + 1).toArray();
        logits.resize(positions, Arrays.stream(counts).sum());
        int entry = 0;
        for (int i = 0; i < positions; i++) {
            logits.offsets()[i + 1] = logits.offsets()[i] + counts[i];
            float logProb = 0;
            for (int id :
                    random.ints(0, vocabularySize).distinct().limit(counts[i]).toArray()) {
                logProb -= random.nextInt(4) == 0 ? 0 : random.nextFloat();
                logits.ids()[entry] = id;
                logits.logProbs()[entry++] = logProb;
            }
            logits.tailMass()[i] = random.nextFloat();
            logits.logSumExp()[i] = (float) random.nextGaussian() * 10;
            logits.standardDeviation()[i] = random.nextFloat() * 5;
            logits.entropy()[i] = random.nextFloat() * 8;
        }
    }

    /** One row of the tokens 0, 1, 2, 0, ... */
    public static PayloadShape shape(int positions, int vocabularySize) {
        int[] tokens = new int[positions + 1];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = i % Math.min(3, vocabularySize);
        }
        return new PayloadShape(tokens, 1, positions + 1, vocabularySize, 0);
    }

    public static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
