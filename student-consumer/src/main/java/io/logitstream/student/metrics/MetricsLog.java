package io.logitstream.student.metrics;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.files.AtomicFile;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code metrics.jsonl}: one line per step, in UTF-8. A run that continues drops the lines after its checkpoint and
 * writes them again. A crash at any point leaves all lines up to the checkpoint in the file.
 */
public final class MetricsLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsLog.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Bytes of the longest line; longer ones were not written by a run and are not read into memory. */
    private static final int LONGEST_LINE = 1 << 20;

    private final Path file;
    private final FileChannel channel;
    private final Writer writer;

    /**
     * Opens the file, or creates it.
     *
     * @param continuedFrom last step whose line is kept
     */
    public MetricsLog(Path file, long continuedFrom) {
        this.file = file;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            keepUpTo(continuedFrom);
            this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            this.writer = Channels.newWriter(channel, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void keepUpTo(long step) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        long[] damaged = {0};
        AtomicFile.replace(file, out -> {
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
                damaged[0] = copy(in, out, step);
            }
        });
        if (damaged[0] > 0) {
            LOG.warn(
                    "{}: removed {} lines before step {} that are damaged or belong to another run",
                    file.toAbsolutePath(),
                    damaged[0],
                    step);
        }
    }

    /** Copies the lines up to a step. Returns the number of other lines between them. */
    private static long copy(InputStream in, OutputStream out, long step) throws IOException {
        long damaged = 0;
        long sinceLast = 0;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (read(in, line)) {
            long number = number(line.toByteArray());
            if (number > step) {
                // A line after the checkpoint, complete or truncated by the crash.
                sinceLast++;
            } else {
                damaged += sinceLast;
                sinceLast = 0;
                line.writeTo(out);
                out.write('\n');
            }
        }
        return damaged;
    }

    /** Reads a line without its end; a line that is too long is truncated. Returns whether there was one. */
    private static boolean read(InputStream in, ByteArrayOutputStream line) throws IOException {
        line.reset();
        int value = in.read();
        boolean any = value >= 0;
        for (; value >= 0 && value != '\n'; value = in.read()) {
            if (line.size() < LONGEST_LINE && value != '\r') {
                line.write(value);
            }
        }
        return any;
    }

    private static long number(byte[] line) {
        if (line.length == 0 || line[line.length - 1] != '}') {
            return Long.MAX_VALUE;
        }
        try {
            return JSON.readTree(line).path("step").asLong(Long.MAX_VALUE);
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Appends the line of a step; it may stay in a buffer until {@link #flush}. */
    public void add(StepMetrics metrics) {
        try {
            writer.write(JSON.writeValueAsString(metrics) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Forces all lines to disk. Required before a checkpoint, whose history must survive a crash of the machine. */
    public void flush() {
        try {
            writer.flush();
            channel.force(false);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private LogitstreamException failed(IOException e) {
        return new LogitstreamException(file.toAbsolutePath() + " cannot be written: " + FailureText.of(e), e);
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
