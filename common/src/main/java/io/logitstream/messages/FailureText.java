package io.logitstream.messages;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Describes the cause of a failure to users: one line of bounded length, without names of Java classes. */
public final class FailureText {
    private static final int LIMIT = 1000;
    private static final int WRAPPERS = 20;

    /** Kafka's message about a client property. It repeats the value, which may be a password under a wrong key. */
    private static final Pattern PROPERTY =
            Pattern.compile("Invalid value (.*) for configuration ([\\w.]+)(?:: (.*))?", Pattern.DOTALL);

    private FailureText() {}

    /**
     * Describes a failure. The text continues a sentence, as in {@code FILE cannot be read: permission denied}.
     *
     * @param failure exception or error; may be null
     */
    public static String of(Throwable failure) {
        if (failure == null) {
            return "for an unknown reason";
        }
        Throwable cause = unwrapped(failure);
        String known = cause instanceof FileSystemException file ? fileSystem(file) : ofKnown(cause);
        return Printable.of(Secrets.masked(known != null ? known : message(cause)), LIMIT);
    }

    /** Describes the root cause of a failure, for libraries whose own message gives no reason. */
    public static String ofRoot(Throwable failure) {
        Throwable root = failure;
        for (int i = 0; i < WRAPPERS && root.getCause() != null; i++) {
            root = root.getCause();
        }
        return of(root);
    }

    /** The failure within wrappers such as {@link ExecutionException} and {@link UncheckedIOException}. */
    public static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < WRAPPERS && cause.getCause() != null && isWrapper(cause); i++) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static boolean isWrapper(Throwable failure) {
        return failure instanceof ExecutionException
                || failure instanceof CompletionException
                || failure instanceof UncheckedIOException
                || failure instanceof InvocationTargetException
                // An exception made by new XException(cause) has no message of its own.
                || failure.getCause().toString().equals(failure.getMessage());
    }

    private static String fileSystem(FileSystemException failure) {
        String file = failure.getFile() == null ? "it" : failure.getFile();
        if (failure instanceof NoSuchFileException) {
            return file + " does not exist";
        } else if (failure instanceof AccessDeniedException) {
            return "permission denied for " + file;
        } else if (failure instanceof FileAlreadyExistsException) {
            return file + " already exists";
        } else if (failure instanceof NotDirectoryException) {
            return file + " is not a folder";
        } else if (failure instanceof DirectoryNotEmptyException) {
            return file + " is not empty";
        } else if (failure instanceof FileSystemLoopException) {
            return "a symbolic link in " + file + " points to a parent folder";
        } else if (failure instanceof AtomicMoveNotSupportedException) {
            return file + " cannot be renamed to " + failure.getOtherFile() + " across file systems";
        }
        return failure.getReason() == null
                ? "the file system refuses " + file
                : failure.getFile() == null ? failure.getReason() : file + ": " + failure.getReason();
    }

    /** Text for exceptions whose own message is missing or not meant for users; null for all others. */
    private static String ofKnown(Throwable failure) {
        if (failure instanceof JsonProcessingException json) {
            return JsonFailureText.of(json);
        } else if (failure instanceof CharacterCodingException) {
            return "it is not UTF-8 text";
        } else if (failure instanceof EOFException) {
            return "it ends too early";
        } else if (failure instanceof UnknownHostException) {
            return "the host " + failure.getMessage() + " is unknown";
        } else if (failure instanceof ConnectException || failure instanceof NoRouteToHostException) {
            return failure.getMessage() == null ? "no connection" : failure.getMessage();
        } else if (failure instanceof SocketTimeoutException
                || failure instanceof HttpTimeoutException
                || failure instanceof TimeoutException) {
            return failure.getMessage() == null
                    ? "no answer in time"
                    : "no answer in time (" + failure.getMessage() + ")";
        } else if (failure instanceof ClosedChannelException) {
            return "it was closed while it was in use";
        } else if (failure instanceof InterruptedException) {
            return "interrupted";
        } else if (failure instanceof NoClassDefFoundError || failure instanceof ClassNotFoundException) {
            return "a part of the program is missing or was replaced while it was running; rebuild it and start again";
        } else if (failure instanceof OutOfMemoryError) {
            return "out of memory (" + failure.getMessage() + ")";
        } else if (failure instanceof StackOverflowError) {
            return "it is nested too deeply";
        } else if (failure instanceof ClassCastException
                // The JVM's own message describes code. Avro's message names the field and is kept.
                || failure instanceof NullPointerException
                        && (failure.getMessage() == null || failure.getMessage().startsWith("Cannot "))) {
            return "an unexpected value";
        }
        return null;
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            return failure instanceof IOException && failure.getCause() != null
                    ? of(failure.getCause())
                    : ClassNames.words(failure.getClass().getSimpleName());
        }
        return ClassNames.removed(
                withoutValue(message.replaceAll("\\s*\\R\\s*", " ").strip()));
    }

    private static String withoutValue(String message) {
        Matcher property = PROPERTY.matcher(message);
        if (!property.find()) {
            return message;
        }
        String reason = property.group(3);
        return message.substring(0, property.start()) + "the value of " + property.group(2) + " cannot be used"
                + (reason == null || reason.contains(property.group(1)) ? "" : ": " + reason);
    }
}
