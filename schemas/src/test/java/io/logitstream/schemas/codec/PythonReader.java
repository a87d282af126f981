package io.logitstream.schemas.codec;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.TestRegistry;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Collects records with what Java makes of them, and has src/test/python/check_records.py look at them. */
final class PythonReader implements AutoCloseable {
    /** The second is the system's, which has the system's numpy, where another Python comes first on the path. */
    private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");

    private static final int TIMEOUT_SECONDS = 180;

    private final Path file;
    private final DataOutputStream out;

    /** Keeps the records in a folder. */
    PythonReader(Path folder) throws IOException {
        file = folder.resolve("records.bin");
        out = new DataOutputStream(Files.newOutputStream(file));
    }

    /** Whether there is a Python with numpy. */
    static boolean isPossible() {
        return python() != null;
    }

    /** One with numba, where there is one, so that the compiled decoder is tested too. */
    private static String python() {
        String compiling = python("import numba, numpy");
        return compiling != null ? compiling : python("import numpy");
    }

    private static String python(String imports) {
        for (String python : PYTHONS) {
            try {
                Process process = new ProcessBuilder(python, "-c", imports)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor() == 0) {
                    return python;
                }
            } catch (IOException e) {
                // There is no such program.
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return null;
    }

    /** A record that must be read as Java reads it. */
    SparseLogits expectSame(LogitsBatch record) throws IOException {
        SparseLogits read = new SparseLogits();
        LogitsBatches.decode(record, read);
        add('=', TestRegistry.serialize(record), record.getTeacher() == null ? new byte[0] : values(record, read));
        return read;
    }

    /**
     * Bytes that an earlier release wrote, which must be read as a record.
     *
     * @param value the bytes
     * @param record what Java reads from them
     */
    void expectSame(byte[] value, LogitsBatch record) throws IOException {
        SparseLogits read = new SparseLogits();
        LogitsBatches.decode(record, read);
        add('=', value, record.getTeacher() == null ? new byte[0] : values(record, read));
    }

    /** A record that must be refused if Java refuses it, and read as Java reads it if not. */
    void expectWhatJavaDoes(LogitsBatch record) throws IOException {
        SparseLogits read = new SparseLogits();
        try {
            LogitsBatches.decode(record, read);
        } catch (LogitstreamException e) {
            add('!', TestRegistry.serialize(record), new byte[0]);
            return;
        }
        add('=', TestRegistry.serialize(record), values(record, read));
    }

    /** A value that must be read or refused. */
    void expectNoOtherError(byte[] value) throws IOException {
        add('?', value, new byte[0]);
    }

    private void add(char kind, byte[] value, byte[] expected) throws IOException {
        out.writeByte(kind);
        out.writeInt(value.length);
        out.write(value);
        out.writeInt(expected.length);
        out.write(expected);
    }

    private static byte[] values(LogitsBatch record, SparseLogits read) {
        TokenBatch batch = record.getBatch();
        int positions = read.positions();
        int total = read.total();
        int[] tokens = TokenBatches.tokens(batch);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int documentEnd = batch.getDocumentEnd() == null ? -1 : batch.getDocumentEnd();
        put(
                bytes,
                new int[] {
                    batch.getRows(), batch.getLength(), batch.getVocabularySize(), total, read.draws(), documentEnd
                },
                6);
        put(bytes, tokens, tokens.length);
        put(bytes, read.offsets(), positions + 1);
        put(bytes, read.ids(), total);
        put(bytes, read.logProbs(), total);
        if (read.draws() > 0) {
            put(bytes, read.counts(), total);
        }
        put(bytes, read.tailMass(), positions);
        if (read.hasStatistics()) {
            put(bytes, read.logSumExp(), positions);
            put(bytes, read.standardDeviation(), positions);
            put(bytes, read.entropy(), positions);
        }
        return bytes.toByteArray();
    }

    private static void put(ByteArrayOutputStream bytes, int[] values, int count) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asIntBuffer().put(values, 0, count);
        bytes.writeBytes(buffer.array());
    }

    private static void put(ByteArrayOutputStream bytes, float[] values, int count) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values, 0, count);
        bytes.writeBytes(buffer.array());
    }

    /**
     * Reads the records in Python.
     *
     * @return what the script prints: how many were read and refused
     */
    String run() throws IOException, InterruptedException {
        out.close();
        Path printed = file.resolveSibling("printed.txt");
        Process process = new ProcessBuilder(
                        python(), "-B", "src/test/python/check_records.py", "../python/src", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the Python decoder takes more than " + TIMEOUT_SECONDS + " s");
        }
        String output = Files.readString(printed, StandardCharsets.UTF_8);
        if (process.exitValue() != 0) {
            throw new AssertionError("the Python decoder fails: " + output);
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
