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
 * Says by which names a server may be asked. A web page elsewhere can point a name of its own at this machine and then ask
 * as if it came from here (DNS rebinding), but it cannot choose an address, or a name without a dot, for its own.
 */
public final class HostCheck {
    /** Stands for any name. */
    public static final String ANY = "*";

    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.%]+\\]");
    private static final Pattern SINGLE_LABEL = Pattern.compile("[a-z0-9_-]+");

    private final Set<String> names = new HashSet<>(Set.of("localhost"));
    private final boolean network;

    private HostCheck(boolean network, Collection<String> more) {
        this.network = network;
        more.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    }

    /** For a server on loopback: {@code localhost}, addresses, and names of the user's choice. */
    public static HostCheck onLoopback(Collection<String> more) {
        return new HostCheck(false, more);
    }

    /** For a server that other machines ask too: names without a dot as well, as containers have them. */
    public static HostCheck onNetwork(Collection<String> more) {
        return new HostCheck(true, more);
    }

    /**
     * Why a request is to be refused.
     *
     * @param setting configuration key that takes further names, for the message
     * @return null for a request that may be answered, else a line for the client
     */
    public String refusal(HttpExchange exchange, String setting) {
        List<String> hosts = exchange.getRequestHeaders().getOrDefault("Host", List.of());
        // Each browser sends the header. Old clients, such as the health checks of the containers, do not.
        boolean without = hosts.isEmpty() && exchange.getProtocol().equals("HTTP/1.0");
        if (!without && (hosts.size() != 1 || !allows(hosts.get(0)))) {
            return "This server is not asked by this name; names that it may have stand in " + setting;
        }
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        return origin == null || allowsOrigin(origin) ? null : "Web pages of another host may not ask this server";
    }

    /** Whether a Host header, with or without a port, is one of this server's. */
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
