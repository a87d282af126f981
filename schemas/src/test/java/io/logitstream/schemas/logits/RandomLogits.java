package io.logitstream.schemas.logits;

import java.util.Arrays;
import java.util.Random;

/**
 * A batch of random content that every codec must take.
 *
 * @param logits the content
 * @param shape the batch
 */
public record RandomLogits(SparseLogits logits, PayloadShape shape) {

    /** Makes one of up to 60 positions. */
    public static RandomLogits of(Random random, boolean sampled) {
        int rows = 1 + random.nextInt(3);
        int length = 2 + random.nextInt(20);
        int positions = rows * (length - 1);
        int vocabulary = 1 + random.nextInt(new int[] {3, 60, 5_000, 1 << 20}[random.nextInt(4)]);
        int draws = sampled ? 1 + random.nextInt(60) : 0;
        int alphabet = Math.min(vocabulary, 1 + random.nextInt(9));
        PayloadShape shape = new PayloadShape(
                random.ints((long) rows * length, 0, alphabet).toArray(), rows, length, vocabulary, draws);
        SparseLogits logits = new SparseLogits();
        int most = Math.min(1 + random.nextInt(90), sampled ? Math.min(draws, vocabulary) : vocabulary);
        int[] kept = random.ints(positions, 1, most + 1).toArray();
        logits.resize(positions, Arrays.stream(kept).sum(), draws);
        int entry = 0;
        for (int i = 0; i < positions; i++) {
            logits.offsets()[i + 1] = logits.offsets()[i] + kept[i];
            double spread = random.nextDouble() * 8;
            for (int id : random.ints(0, vocabulary)
                    .map(any -> random.nextBoolean() ? any : any % Math.min(vocabulary, kept[0] + 5 + kept.length * 90))
                    .distinct()
                    .limit(kept[i])
                    .toArray()) {
                logits.ids()[entry++] = id;
            }
            if (sampled) {
                fillCounts(random, logits, i);
                logits.tailMass()[i] = random.nextInt(5) == 0 ? random.nextInt(2) : random.nextFloat();
            } else {
                logits.tailMass()[i] = random.nextInt(5) == 0 ? 0 : random.nextFloat();
                fillLogProbs(random, logits, i, spread);
            }
            logits.logSumExp()[i] = (float) random.nextGaussian() * 100;
            logits.standardDeviation()[i] = random.nextFloat() * 50;
            logits.entropy()[i] = random.nextFloat() * 12;
        }
        if (sampled) {
            SampleCounts.setLogProbs(logits);
        }
        return new RandomLogits(logits, shape);
    }

    private static void fillLogProbs(Random random, SparseLogits logits, int position, double spread) {
        float logProb = 0;
        for (int e = logits.offsets()[position]; e < logits.offsets()[position + 1]; e++) {
            logProb -= random.nextInt(4) == 0 ? 0 : (float) (random.nextFloat() * spread);
            logits.logProbs()[e] = logProb;
        }
        normalize(logits, position);
    }

    /** Shifts log-probabilities so that their mass and that of the tail are 1; the smallest stay above the levels' end. */
    static void normalize(SparseLogits logits, int position) {
        double mass = 0;
        for (int e = logits.offsets()[position]; e < logits.offsets()[position + 1]; e++) {
            mass += Math.exp(logits.logProbs()[e]);
        }
        double shift = Math.log((1 - logits.tailMass()[position]) / mass);
        for (int e = logits.offsets()[position]; e < logits.offsets()[position + 1]; e++) {
            logits.logProbs()[e] = (float) Math.min(0, Math.max(-39, logits.logProbs()[e] + shift));
        }
    }

    private static void fillCounts(Random random, SparseLogits logits, int position) {
        int from = logits.offsets()[position];
        int to = logits.offsets()[position + 1];
        int[] counts = new int[to - from];
        Arrays.fill(counts, 1);
        for (int rest = logits.draws() - counts.length; rest > 0; rest--) {
            counts[random.nextInt(1 + random.nextInt(counts.length))]++;
        }
        Arrays.sort(counts);
        for (int i = 0; i < counts.length; i++) {
            logits.counts()[from + i] = counts[counts.length - 1 - i];
        }
    }

    /** Most entries of a position. */
    public int largestSupport() {
        int largest = 0;
        for (int i = 0; i < logits.positions(); i++) {
            largest = Math.max(largest, logits.offsets()[i + 1] - logits.offsets()[i]);
        }
        return largest;
    }
}
