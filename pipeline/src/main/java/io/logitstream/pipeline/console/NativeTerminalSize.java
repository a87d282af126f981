package io.logitstream.pipeline.console;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.nativ.CLibrary;

/**
 * Size of the terminal behind standard error, read through JLine's native library, as standard input and output may be
 * pipes. If the library cannot be loaded, for example because the folder for temporary files is full or read-only, 80
 * columns are assumed.
 */
final class NativeTerminalSize implements TerminalSize {
    private static final int STANDARD_ERROR = 2;
    private static final int COLUMNS = 80;
    private static final int ROWS = 24;
    /**
     * JLine logs a failed load as a warning of its own. The static reference keeps the logger, and so its level, from
     * being garbage collected.
     */
    private static final Logger JLINE = Logger.getLogger("org.jline");

    private boolean usable = true;
    private int columns = COLUMNS;
    private int rows = ROWS;

    @Override
    public int columns() {
        ask();
        return columns;
    }

    @Override
    public int rows() {
        ask();
        return rows;
    }

    private void ask() {
        if (!usable) {
            return;
        }
        try {
            JLINE.setLevel(Level.OFF);
            CLibrary.WinSize size = new CLibrary.WinSize();
            usable = CLibrary.ioctl(STANDARD_ERROR, CLibrary.TIOCGWINSZ, size) == 0;
            // A pseudo-terminal without a set size reports 0 by 0.
            columns = usable && size.ws_col > 0 ? size.ws_col : COLUMNS;
            rows = usable && size.ws_row > 0 ? size.ws_row : ROWS;
        } catch (LinkageError | RuntimeException e) {
            usable = false;
        }
    }
}
