package io.logitstream.http;

import com.sun.net.httpserver.HttpExchange;
import java.net.URI;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Check of the Host and Origin headers of a request, as a defence against DNS rebinding: a foreign web page can point
 * its own domain name at this machine and then send requests as if it came from here. Such a page cannot use an IP
 * address or a name without a dot.
 */
public final class HostCheck {
    /** Setting that allows every name. */
    public static final String ANY = "*";

    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.%]+\\]");
    private static final Pattern SINGLE_LABEL = Pattern.compile("[a-z0-9_-]+");

    private final Set<String> names = new HashSet<>(Set.of("localhost"));
    private final boolean network;

    private HostCheck(boolean network, Collection<String> more) {
        this.network = network;
        more.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    }

    /** A check for a server on loopback: allows {@code localhost}, IP addresses and the given names. */
    public static HostCheck onLoopback(Collection<String> more) {
        return new HostCheck(false, more);
    }

    /**
     * A check for a server that other machines use too: also allows names without a dot, such as those of containers.
     */
    public static HostCheck onNetwork(Collection<String> more) {
        return new HostCheck(true, more);
    }

    /**
     * Checks a request.
     *
     * @param setting configuration key for further names, which the message mentions
     * @return null if the request is allowed, otherwise one line for the client
     */
    public String refusal(HttpExchange exchange, String setting) {
        List<String> hosts = exchange.getRequestHeaders().getOrDefault("Host", List.of());
        // Every browser sends the header. Simple clients, such as the health checks of containers, may not.
        boolean without = hosts.isEmpty() && exchange.getProtocol().equals("HTTP/1.0");
        if (!without && (hosts.size() != 1 || !allows(hosts.get(0)))) {
            return "This server does not answer to this host name; add the name to " + setting;
        }
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        return origin == null || allowsOrigin(origin) ? null : "This server does not answer web pages of another host";
    }

    /** Whether a Host header, with or without a port, names this server. */
    boolean allows(String header) {
        String host = header.toLowerCase(Locale.ROOT).replaceAll(":\\d+$", "").replaceAll("\\.$", "");
        return names.contains(ANY)
                || names.contains(host)
                || ADDRESS.matcher(host).matches()
                || network && SINGLE_LABEL.matcher(host).matches();
    }

    private boolean allowsOrigin(String origin) {
        try {
            String host = URI.create(origin).getHost();
            return host != null && allows(host);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
