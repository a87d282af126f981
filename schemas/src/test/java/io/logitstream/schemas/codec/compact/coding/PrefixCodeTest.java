package io.logitstream.schemas.codec.compact.coding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.schemas.logits.CorruptPayloadException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Codes fill their space, are nearly as short as can be, and come back from their lengths. */
class PrefixCodeTest {
    private static final int BITS = 9;

    @Test
    void codesAreReadAsTheyAreWrittenAndNearlyAsShortAsCanBe() {
        Random random = new Random(31);
        for (int round = 0; round < 300; round++) {
            int alphabet = 2 + random.nextInt(300);
            int[] counts = new int[alphabet];
            for (int symbol = 0; symbol < alphabet; symbol++) {
                counts[symbol] = random.nextInt(3) == 0 ? 0 : (int) Math.exp(random.nextDouble() * (round % 14));
            }
            counts[0] = 1;
            counts[1] = 1;
            PrefixCode written = new PrefixCode(alphabet, BITS);
            new CodeLengths().of(counts, 0, alphabet, written.lengths(), BITS);
            BitWriter out = new BitWriter();
            written.write(out);
            int[] codes = new int[alphabet];
            written.fillCodes(codes, 0);

            PrefixCode read = new PrefixCode(alphabet, BITS);
            read.read(reader(out), alphabet);
            char[] slots = new char[1 << BITS];
            read.fillSlots(slots, 0);

            double bits = 0;
            for (int symbol = 0; symbol < alphabet; symbol++) {
                int length = codes[symbol] >>> 16;
                assertThat(length > 0).isEqualTo(counts[symbol] > 0);
                if (length > 0) {
                    int filler = random.nextInt(1 << BITS - length);
                    int slot = slots[codes[symbol] & 0xffff | filler << length];
                    assertThat(slot).isEqualTo(symbol << 4 | length);
                }
                bits += (double) counts[symbol] * length;
            }
            double total = Arrays.stream(counts).sum();
            double entropy = -Arrays.stream(counts)
                    .filter(count -> count > 0)
                    .mapToDouble(count -> count * Math.log(count / total) / Math.log(2))
                    .sum();
            // Huffman's bound; codes of at most 9 bits for some 200 symbols cost little on top of it.
            assertThat(bits).isBetween(entropy - 1e-6, entropy + 1.2 * total);
        }
    }

    @Test
    void codesThatLeaveRoomOrHaveNoneAreRefused() {
        for (byte[] lengths : new byte[][] {{1, 2}, {1, 1, 1}, {2, 2, 2, 2, 2}, {2}, {9}}) {
            PrefixCode code = new PrefixCode(8, BITS);
            System.arraycopy(lengths, 0, code.lengths(), 0, lengths.length);
            BitWriter out = new BitWriter();
            code.write(out);

            assertThatThrownBy(() -> new PrefixCode(8, BITS).read(reader(out), 8))
                    .isInstanceOf(CorruptPayloadException.class)
                    .hasMessageContaining("do not fill");
        }
    }

    @Test
    void anOnlySymbolTakesNoBits() {
        int[] counts = {0, 0, 7, 0};
        PrefixCode code = new PrefixCode(4, BITS);
        new CodeLengths().of(counts, 0, 4, code.lengths(), BITS);
        BitWriter out = new BitWriter();
        code.write(out);
        PrefixCode read = new PrefixCode(4, BITS);
        read.read(reader(out), 4);
        char[] slots = new char[1 << BITS];
        read.fillSlots(slots, 0);

        for (char slot : slots) {
            assertThat(slot).isEqualTo((char) (2 << 4));
        }
    }

    private static BitReader reader(BitWriter out) {
        out.finish();
        BitReader in = new BitReader();
        in.open(Arrays.copyOf(out.bytes(), out.size() + BitReader.PADDING), out.size());
        return in;
    }
}
