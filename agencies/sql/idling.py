"""How long a session idles: what the cell of its seat has set, whichever code writes the row."""

from __future__ import annotations

from agencies.sql.leaving import DEFINER

DEFAULT_MINUTES = 15

# Sessions that open while the rules change are counted by one side or the other, by this lock.
LOCK = "pg_advisory_xact_lock{shared}(7310009, {cell})"

BIND_IDLE = f"""
CREATE FUNCTION agencies.bind_idle() RETURNS trigger LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE of_cell int; longest int;
BEGIN
    IF NEW.channel = 'token' THEN
        RETURN NEW;
    END IF;
    SELECT k.cell_id INTO of_cell FROM public.kernel_seat k WHERE k.id = NEW.seat_id;
    IF TG_OP = 'INSERT' AND of_cell IS NOT NULL THEN
        PERFORM {LOCK.format(shared="_shared", cell="of_cell")};
    END IF;
    SELECT p.idle_minutes * 60 INTO longest FROM public.agencies_cellpolicy p
     WHERE p.cell_id = of_cell ORDER BY p.version DESC LIMIT 1;
    longest := coalesce(longest, {DEFAULT_MINUTES} * 60);
    NEW.idle_seconds := least(NEW.idle_seconds, longest);
    IF TG_OP = 'INSERT' OR NEW.seat_id IS DISTINCT FROM OLD.seat_id THEN
        NEW.idle_until := least(
            NEW.idle_until, clock_timestamp() + make_interval(secs => NEW.idle_seconds));
    END IF;
    RETURN NEW;
END $$
"""

# New rules count for the sessions that are open, not only for those to come.
IDLE_FOLLOWS = f"""
CREATE FUNCTION agencies.idle_follows() RETURNS trigger LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    PERFORM {LOCK.format(shared="", cell="NEW.cell_id")};
    UPDATE public.kernel_session s SET idle_seconds = NEW.idle_minutes * 60,
           idle_until = least(
               s.idle_until, clock_timestamp() + make_interval(mins => NEW.idle_minutes))
      FROM public.kernel_seat k
     WHERE k.id = s.seat_id AND k.cell_id = NEW.cell_id AND s.channel <> 'token'
       AND s.idle_seconds <> NEW.idle_minutes * 60;
    RETURN NULL;
END $$
"""

TRIGGERS = """
CREATE TRIGGER bind_idle BEFORE INSERT OR UPDATE OF seat_id, idle_seconds ON kernel_session
    FOR EACH ROW EXECUTE FUNCTION agencies.bind_idle();
CREATE TRIGGER idle_follows AFTER INSERT ON agencies_cellpolicy
    FOR EACH ROW EXECUTE FUNCTION agencies.idle_follows();
"""
