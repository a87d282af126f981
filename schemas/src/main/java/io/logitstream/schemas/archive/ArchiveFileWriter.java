package io.logitstream.schemas.archive;

import io.logitstream.files.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/**
 * Writes one file of an archive: an Avro object container file with zstd. The values' bytes are taken over as they are.
 * The file has its name only when it is finished and on disk.
 */
public final class ArchiveFileWriter implements AutoCloseable {
    /** Bytes of records after which a block ends: enough for zstd to find what repeats, little enough for memory. */
    private static final int BLOCK_BYTES = 1 << 20;

    private static final int ZSTD_LEVEL = 3;
    private static final int SYNC_BYTES = 16;

    private final Path file;
    private final Path unfinished;
    private final DataFileWriter<Object> blocks;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private BinaryEncoder encoder;
    private long records;

    /**
     * @param file the file; its folder is made where it is missing
     * @param value schema of the records' values
     * @param identity what the file holds, as in {@code topic id/partition/offset}: the same records make the same file
     */
    public ArchiveFileWriter(Path file, Schema value, byte[] identity) throws IOException {
        this.file = file;
        this.unfinished = file.resolveSibling(file.getFileName() + AtomicFile.UNFINISHED);
        Files.createDirectories(file.getParent());
        Schema schema = ArchiveSchema.around(value);
        this.blocks = new DataFileWriter<>(new GenericDatumWriter<>(schema))
                .setCodec(CodecFactory.zstandardCodec(ZSTD_LEVEL))
                .setSyncInterval(BLOCK_BYTES);
        byte[] sync =
                ByteBuffer.allocate(SYNC_BYTES).put(identity, 0, SYNC_BYTES).array();
        blocks.create(schema, Files.newOutputStream(unfinished), sync);
    }

    /** Appends a record. */
    public void add(ArchivedRecord record) throws IOException {
        bytes.reset();
        encoder = EncoderFactory.get().directBinaryEncoder(bytes, encoder);
        encoder.writeLong(record.offset());
        encoder.writeLong(record.timestamp());
        encoder.writeString(record.key());
        encoder.writeArrayStart();
        encoder.setItemCount(record.headers().size());
        for (ArchivedRecord.Header header : record.headers()) {
            encoder.startItem();
            encoder.writeString(header.key());
            if (header.value() == null) {
                encoder.writeIndex(0);
                encoder.writeNull();
            } else {
                encoder.writeIndex(1);
                encoder.writeBytes(header.value());
            }
        }
        encoder.writeArrayEnd();
        encoder.flush();
        bytes.write(record.payload());
        blocks.appendEncoded(ByteBuffer.wrap(bytes.toByteArray()));
        records++;
    }

    /** Records added. */
    public long records() {
        return records;
    }

    /** Ends the file, forces it to disk and gives it its name. */
    public void finish() throws IOException {
        blocks.close();
        AtomicFile.force(unfinished);
        AtomicFile.rename(unfinished, file);
    }

    /** Leaves no part of a file behind that was not finished. */
    @Override
    public void close() throws IOException {
        blocks.close();
        Files.deleteIfExists(unfinished);
    }
}
