package io.logitstream.teacher.served.client;

import io.logitstream.teacher.served.ServerTraffic;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The body of an answer as a stream. Unlike the JDK's own, it ends at a deadline and at a number of bytes. Little of the
 * body is in memory: the next part is requested when the one before has been read.
 */
final class AnswerBody extends InputStream implements BodySubscriber<AnswerBody> {
    /** More bytes than any answer to the request has. */
    static final class TooLongException extends IOException {
        TooLongException(long most) {
            super("has more than " + most + " bytes");
        }
    }

    private static final int PARTS_AHEAD = 2;

    /** A part of the body, its end, or the reason why it ends early. */
    private record Event(List<ByteBuffer> part, IOException failure) {}

    private static final Event END = new Event(null, null);

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final ServerTraffic traffic;
    private final long most;
    private final long deadline;
    private volatile Flow.Subscription subscription;
    private volatile boolean closed;
    private long received;
    private List<ByteBuffer> part = List.of();
    private int next;
    private boolean ended;

    /**
     * @param traffic counts the bytes
     * @param most maximum number of bytes
     * @param deadline value of {@link System#nanoTime} by which the body must be complete
     */
    AnswerBody(ServerTraffic traffic, long most, long deadline) {
        this.traffic = traffic;
        this.most = most;
        this.deadline = deadline;
    }

    @Override
    public CompletionStage<AnswerBody> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
        if (closed) {
            newSubscription.cancel();
        } else {
            newSubscription.request(PARTS_AHEAD);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        buffers.forEach(buffer -> traffic.addReceived(buffer.remaining()));
        events.add(new Event(buffers, null));
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new Event(null, failure instanceof IOException io ? io : new IOException(failure)));
    }

    @Override
    public void onComplete() {
        events.add(END);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (next == part.size() || !part.get(next).hasRemaining()) {
            if (next < part.size()) {
                next++;
            } else if (ended || !nextPart()) {
                ended = true;
                return -1;
            }
        }
        ByteBuffer buffer = part.get(next);
        int count = Math.min(length, buffer.remaining());
        buffer.get(into, offset, count);
        received += count;
        if (received > most) {
            throw new TooLongException(most);
        }
        return count;
    }

    private boolean nextPart() throws IOException {
        Event event;
        try {
            event = events.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
        if (event == null) {
            throw new HttpTimeoutException(null);
        }
        if (event.failure() != null) {
            throw event.failure();
        }
        if (event.part() == null) {
            return false;
        }
        part = event.part();
        next = 0;
        subscription.request(1);
        return true;
    }

    /** Ends the exchange. A thread that is reading fails at once. */
    @Override
    public void close() {
        closed = true;
        if (subscription != null) {
            subscription.cancel();
        }
        events.add(new Event(null, new IOException("cancelled")));
    }
}
