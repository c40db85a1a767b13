import { IconMapPinOff } from "@tabler/icons-react";
import { useNavigate } from "react-router";
import { PageTitle } from "../notify/PageTitle";
import { PageState } from "../ui/PageState";

export function NotFound() {
  const navigate = useNavigate();
  return (
    <>
      <PageTitle>Not found</PageTitle>
      <PageState
        icon={<IconMapPinOff size={22} stroke={1.6} />}
        title="There is no page at this address"
        action={{ label: "To the first page", onClick: () => navigate("/") }}
      />
    </>
  );
}
