package io.logitstream.producers.corpus.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;

/**
 * Walks a folder and all folders below it, and follows links. A link to an enclosing folder is not followed. Files and
 * folders whose name begins with a dot are skipped.
 */
public final class FolderWalk {
    /** Receives the files. */
    public interface Visitor {
        /**
         * Called for a regular file.
         *
         * @param name path below the root, with slashes
         */
        void file(Path file, String name, BasicFileAttributes attributes);

        /** Called for a file or folder that cannot be read, with the reason. */
        void unreadable(String name, String reason);
    }

    private FolderWalk() {}

    /** Walks a folder, or a link to a folder. */
    public static void walk(Path root, Visitor visitor) {
        try {
            Files.walkFileTree(
                    root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new Walker(root, visitor));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Walker extends SimpleFileVisitor<Path> {
        private final Path root;
        private final Visitor visitor;

        Walker(Path root, Visitor visitor) {
            this.root = root;
            this.visitor = visitor;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            boolean left = !folder.equals(root) && hidden(folder);
            return left ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (hidden(file)) {
                return FileVisitResult.CONTINUE;
            }
            if (attributes.isRegularFile()) {
                visitor.file(file, name(file), attributes);
            } else if (attributes.isSymbolicLink()) {
                visitor.unreadable(name(file), "a link that leads nowhere");
            } else {
                visitor.unreadable(name(file), "a pipe, socket or device; give a pipe as a corpus by itself");
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            if (!(e instanceof FileSystemLoopException) && !hidden(file)) {
                visitor.unreadable(name(file), "cannot be opened (" + ReadFailureText.of(e) + ")");
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException e) {
            if (e != null) {
                visitor.unreadable(name(folder), "cannot be listed to its end (" + ReadFailureText.of(e) + ")");
            }
            return FileVisitResult.CONTINUE;
        }

        private String name(Path file) {
            return root.relativize(file).toString().replace('\\', '/');
        }

        private static boolean hidden(Path path) {
            return path.getFileName().toString().startsWith(".");
        }
    }
}
