package io.logitstream.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damages payloads at random: each must be refused, or read as values that a payload may hold. */
class CorruptPayloadTest {

  private static final int VOCABULARY = 200;
  private static final int DAMAGED = 100_000;

  private final LogitsCodec codec = LogitsCodecs.byName("plain");
  private final Random random = new Random(1);

  @Test
  void damagedPayloadsAreRefusedOrHoldPossibleValues() {
    SparseLogits logits = new SparseLogits();
    SparseLogits into = new SparseLogits();
    int refused = 0;
    int largest = 0;

    for (int i = 0; i < DAMAGED; i++) {
      int positions = 1 + random.nextInt(8);
      Samples.fill(logits, random, positions, VOCABULARY, 12);
      byte[] payload = damage(Samples.bytes(codec.encode(logits)), positions);
      largest = Math.max(largest, payload.length);
      try {
        codec.decode(ByteBuffer.wrap(payload), new PayloadShape(positions, VOCABULARY), into);
        assertPossible(into, positions, payload.length);
      } catch (CorruptPayloadException e) {
        assertThat(e.position()).isBetween(-1, positions - 1);
        refused++;
      }
    }

    assertThat(refused).as("payloads refused").isBetween(DAMAGED / 4, DAMAGED - 1);
    assertThat(into.ids().length).as("entries ever allocated").isLessThanOrEqualTo(largest / 8);
  }

  private byte[] damage(byte[] payload, int positions) {
    return switch (random.nextInt(5)) {
      case 0 -> Arrays.copyOf(payload, random.nextInt(payload.length));
      case 1 -> Arrays.copyOf(payload, payload.length + 1 + random.nextInt(100));
      case 2 -> {
        int count = random.nextBoolean() ? random.nextInt() : random.nextInt(40) - 5;
        ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putInt(4 * random.nextInt(positions), count);
        yield payload;
      }
      case 3 -> {
        random.nextBytes(payload);
        yield payload;
      }
      default -> {
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
          payload[random.nextInt(payload.length)] ^= (byte) (1 << random.nextInt(8));
        }
        yield payload;
      }
    };
  }

  private static void assertPossible(SparseLogits logits, int positions, int bytes) {
    boolean possible = logits.positions() == positions && positions * 20 + logits.total() * 8 == bytes
        && logits.offsets()[0] == 0;
    for (int i = 0; i < positions; i++) {
      int from = logits.offsets()[i];
      int to = logits.offsets()[i + 1];
      possible &= to > from
          && Arrays.stream(logits.ids(), from, to).allMatch(id -> id >= 0 && id < VOCABULARY)
          && Arrays.stream(logits.ids(), from, to).distinct().count() == to - from
          && logits.logProbs()[from] <= 1e-4f;
      for (int e = from; e < to; e++) {
        possible &= Float.isFinite(logits.logProbs()[e])
            && (e == from || logits.logProbs()[e] <= logits.logProbs()[e - 1]);
      }
      possible &= logits.tailMass()[i] >= 0 && logits.tailMass()[i] <= 1
          && Float.isFinite(logits.logSumExp()[i])
          && Float.isFinite(logits.standardDeviation()[i]) && Float.isFinite(logits.entropy()[i]);
    }
    assertThat(possible).isTrue();
  }
}
