package io.logitstream.student.input;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.loss.DenseLoss;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Training batches for the tests. */
public final class SampleBatches {
    private SampleBatches() {}

    /** Random tokens with supports of 1 to {@code widest} random ids, whose log-probabilities fall. */
    public static TrainingBatch random(int rows, int length, int vocabulary, int widest, long seed) {
        Random random = new Random(seed);
        int[] tokens = random.ints((long) rows * length, 0, vocabulary).toArray();
        int positions = rows * (length - 1);
        int[] counts = random.ints(positions, 1, widest + 1).toArray();
        SparseLogits logits = new SparseLogits();
        logits.resize(positions, Arrays.stream(counts).sum());
        int entry = 0;
        for (int i = 0; i < positions; i++) {
            double kept = 0.3 + 0.65 * random.nextDouble();
            int[] ids = random.ints(0, vocabulary).distinct().limit(counts[i]).toArray();
            double[] masses = random.doubles(ids.length, 0.05, 1).sorted().toArray();
            double sum = Arrays.stream(masses).sum();
            for (int j = 0; j < ids.length; j++) {
                logits.ids()[entry] = ids[j];
                logits.logProbs()[entry++] = (float) Math.log(kept * masses[ids.length - 1 - j] / sum);
            }
            logits.offsets()[i + 1] = entry;
            logits.tailMass()[i] = (float) (1 - kept);
            logits.logSumExp()[i] = (float) (3 * random.nextGaussian());
            logits.standardDeviation()[i] = 0.3f + 2 * random.nextFloat();
            logits.entropy()[i] = random.nextFloat() * (float) Math.log(vocabulary);
        }
        return new TrainingBatch(new BatchKey("c", 0, (int) seed), 0, seed, rows, length, tokens, logits);
    }

    /** Random tokens with supports sampled in a number of draws. */
    public static TrainingBatch sampled(int rows, int length, int vocabulary, int draws, long seed) {
        Random random = new Random(seed);
        int positions = rows * (length - 1);
        SparseLogits logits = new SparseLogits();
        logits.resize(positions, positions * draws, draws);
        int entry = 0;
        for (int i = 0; i < positions; i++) {
            int[] counts = new int[vocabulary];
            for (int j = 0; j < draws; j++) {
                counts[(int) (vocabulary * Math.pow(random.nextDouble(), 4))]++;
            }
            for (int id = 0; id < vocabulary; id++) {
                if (counts[id] > 0) {
                    logits.ids()[entry] = id;
                    logits.counts()[entry] = counts[id];
                    logits.logProbs()[entry++] = (float) Math.log((double) counts[id] / draws);
                }
            }
            logits.offsets()[i + 1] = entry;
        }
        return new TrainingBatch(
                new BatchKey("c", 0, (int) seed),
                0,
                seed,
                rows,
                length,
                random.ints((long) rows * length, 0, vocabulary).toArray(),
                logits);
    }

    /** One row whose teacher is the student itself: its most likely tokens at each hidden state. */
    public static TrainingBatch ofStudent(float[] hidden, float[] weight, int size, int kept) {
        int positions = hidden.length / size;
        SparseLogits logits = new SparseLogits();
        logits.resize(positions, positions * kept);
        for (int i = 0; i < positions; i++) {
            double[] log = DenseLoss.logSoftmax(hidden, i, weight, size);
            int[] ids = IntStream.range(0, log.length)
                    .boxed()
                    .sorted(Comparator.comparing(id -> -log[id]))
                    .limit(kept)
                    .mapToInt(Integer::intValue)
                    .toArray();
            double tail = 1;
            for (int j = 0; j < kept; j++) {
                logits.ids()[i * kept + j] = ids[j];
                logits.logProbs()[i * kept + j] = (float) log[ids[j]];
                tail -= Math.exp(log[ids[j]]);
            }
            logits.offsets()[i + 1] = (i + 1) * kept;
            logits.tailMass()[i] = (float) tail;
        }
        return new TrainingBatch(new BatchKey("c", 0, 0), 0, 0, 1, positions + 1, new int[positions + 1], logits);
    }

    /** The same without a teacher, as from a tokens topic. */
    public static TrainingBatch withoutLogits(TrainingBatch batch) {
        return new TrainingBatch(
                batch.key(), batch.partition(), batch.offset(), batch.rows(), batch.length(), batch.tokens(), null);
    }

    /** The same from a teacher that gives no statistics over the vocabulary. */
    public static TrainingBatch withoutStatistics(TrainingBatch batch) {
        SparseLogits from = batch.logits();
        SparseLogits logits = new SparseLogits();
        logits.resizeWithoutStatistics(from.positions(), from.total());
        System.arraycopy(from.offsets(), 0, logits.offsets(), 0, from.positions() + 1);
        System.arraycopy(from.ids(), 0, logits.ids(), 0, from.total());
        System.arraycopy(from.logProbs(), 0, logits.logProbs(), 0, from.total());
        System.arraycopy(from.tailMass(), 0, logits.tailMass(), 0, from.positions());
        return new TrainingBatch(
                batch.key(), batch.partition(), batch.offset(), batch.rows(), batch.length(), batch.tokens(), logits);
    }

    /** The rows of two batches of the same length in one. */
    public static TrainingBatch together(TrainingBatch first, TrainingBatch second) {
        int[] tokens = Arrays.copyOf(first.tokens(), first.tokens().length + second.tokens().length);
        System.arraycopy(second.tokens(), 0, tokens, first.tokens().length, second.tokens().length);
        SparseLogits logits = new SparseLogits();
        int entries = first.logits().total();
        int positions = first.predicted();
        logits.resize(positions + second.predicted(), entries + second.logits().total());
        System.arraycopy(first.logits().offsets(), 0, logits.offsets(), 0, positions);
        for (int i = 0; i < second.predicted(); i++) {
            logits.offsets()[positions + i] = entries + second.logits().offsets()[i];
        }
        for (Function<SparseLogits, float[]> values : List.<Function<SparseLogits, float[]>>of(
                SparseLogits::tailMass,
                SparseLogits::logSumExp,
                SparseLogits::standardDeviation,
                SparseLogits::entropy)) {
            System.arraycopy(values.apply(first.logits()), 0, values.apply(logits), 0, positions);
            System.arraycopy(values.apply(second.logits()), 0, values.apply(logits), positions, second.predicted());
        }
        System.arraycopy(first.logits().ids(), 0, logits.ids(), 0, entries);
        System.arraycopy(first.logits().logProbs(), 0, logits.logProbs(), 0, entries);
        System.arraycopy(
                second.logits().ids(), 0, logits.ids(), entries, second.logits().total());
        System.arraycopy(
                second.logits().logProbs(),
                0,
                logits.logProbs(),
                entries,
                second.logits().total());
        return new TrainingBatch(first.key(), 0, 0, first.rows() + second.rows(), first.length(), tokens, logits);
    }
}
