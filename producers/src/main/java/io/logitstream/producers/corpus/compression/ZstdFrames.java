package io.logitstream.producers.corpus.compression;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Decompresses all frames of a zstd stream. {@link #close} frees native memory. */
final class ZstdFrames extends ConcatenatedInput {
    private final ZstdDecompressCtx context = new ZstdDecompressCtx();
    private final byte[] chunk = new byte[(int) ZstdInputStream.recommendedDInSize()];
    private final ByteBuffer packed = ByteBuffer.allocateDirect(chunk.length).limit(0);
    private final ByteBuffer unpacked = ByteBuffer.allocateDirect((int) ZstdInputStream.recommendedDOutSize())
            .limit(0);
    private boolean frameEnded;
    private boolean outputPending;

    /**
     * Starts to decompress.
     *
     * @param in compressed stream, closed with this one
     */
    ZstdFrames(BufferedInputStream in) {
        super(in, "zstd frame");
    }

    @Override
    boolean atEnd() throws IOException {
        return !packed.hasRemaining() && in.peek() < 0;
    }

    @Override
    long position() {
        return in.count() - packed.remaining();
    }

    @Override
    void begin() {
        frameEnded = false;
        outputPending = false;
    }

    @Override
    int readPart(byte[] buffer, int offset, int length) throws IOException {
        while (!unpacked.hasRemaining()) {
            if (frameEnded) {
                return -1;
            }
            if (!packed.hasRemaining() && !outputPending) {
                fill();
            }
            unpack();
        }
        int read = Math.min(length, unpacked.remaining());
        unpacked.get(buffer, offset, read);
        return read;
    }

    private void fill() throws IOException {
        int read = in.read(chunk, 0, chunk.length);
        if (read < 0) {
            throw new EOFException();
        }
        packed.clear().put(chunk, 0, read).flip();
    }

    private void unpack() throws IOException {
        unpacked.clear();
        try {
            frameEnded = context.decompressDirectByteBufferStream(unpacked, packed);
        } catch (ZstdException e) {
            unpacked.limit(0);
            throw new IOException(e.getMessage(), e);
        }
        outputPending = !unpacked.hasRemaining();
        unpacked.flip();
    }

    @Override
    public void close() throws IOException {
        context.close();
        super.close();
    }
}
